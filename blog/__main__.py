from blog.cli import main

main()
