"""Names that people have, to look for two that the site would take for one."""

# fmt: off
GIVEN = (
    "Aaron Abel Abena Abigail Ada Adam Adele Adrian Agnes Ahmed Aino Aisha Alan Albert Alejandro Aleksander Alena Alessia"
    " Alex Alexandra Alfred Ali Alice Alicia Alina Alma Álvaro Amadou Amal Amanda Amara Amelia Amina Amir Amit Ana"
    " Anastasia Anders Andre André Andrea Andrei Anita Anja Ann Anna Anne Antonia Anton Arjun Arne Arthur Åsa Astrid Ayşe"
    " Barbara Beatriz Ben Benjamin Bernard Bilal Birgit Björn Bogdan Boris Brigitte Bruno Camila Carl Carla Carlos Carmen"
    " Caroline Catherine Cécile Céline Chiara Chidi Chinwe Chloe Chloé Christian Christina Claire Clara Clemens Cora"
    " Cristina Dagmar Daniel Daniela Dara David Deborah Denis Denise Diana Diego Dieter Dimitri Dina Dmitri Dominik Dora"
    " Dorothea Dragan Eduardo Edith Eero Eileen Ela Elena Eli Elif Elisa Elise Elizabeth Ella Ellen Elsa Emil Emilia Emily"
    " Emma Enrique Eric Erik Esther Eva Eve Fatima Felix Fernando Fiona Florian François Frank Franz Frida Gabriel Georg"
    " Gerda Gianni Gisela Giulia Grace Greta Guido Gustav Hana Hanna Hannah Hans Hassan Heidi Heinrich Helen Helena Helga"
    " Henrik Henry Hilda Hiroshi Hugo Ibrahim Ida Ignacio Igor Ilka Ilya Imani Ines Inés Ingrid Irena Irina Iris Isabel"
    " Isabella Ismael Ivan Ivana Jack Jacob Jakob Jan Jana Jane Janne Javier Jean Jelena Jens Joan Joana Joanna João Jochen"
    " Johanna John Jonas Jonathan José Josef Juan Judith Julia Julian Julie Juliette Kai Karim Karin Karl Karla Katarina"
    " Katja Kenji Kim Klara Klaus Kofi Lara Lars Laura Lea Léa Lena Leo Leon León Leonie Lian Liam Lidia Lila Lilian Lily"
    " Lin Lina Linda Lisa Liv Livia Lola Lorena Louis Louise Luca Lucas Lucia Lucie Luis Luisa Luka Lukas Luna Lydia Magda"
    " Mai Maja Malin Manuel Mara Marc Marco Marcel Margaret Maria María Marie Marina Mario Mark Marlene Marta Martha Martin"
    " Mary Mateo Matthias Max Maya Mehmet Mei Mia Michael Miguel Mikael Mila Milan Milena Mina Mira Miriam Mohamed Mona"
    " Monika Nadia Nadine Naomi Natalia Ngozi Nia Nick Nicola Nicolas Niels Nikola Nils Nina Noah Noor Nora Olaf Olav Ole"
    " Oleg Olena Olga Oliver Olivia Omar Oscar Otto Pablo Pál Patricia Paul Paula Pedro Per Peter Petra Philip Pia Pierre"
    " Priya Rachel Rafael Rahul Ralf Ramona Raúl Rebecca Renata Rita Robert Roberto Roland Roman Romy Rosa Rosie Roy Ruben"
    " Ruth Sabine Samir Samuel Sandra Sara Sarah Selma Sergei Silke Silvia Simon Sofia Sofie Sophie Stefan Stella Susanne"
    " Sven Svetlana Tamara Tania Tara Tariq Teresa Thomas Tim Tina Tobias Tom Tomás Ulla Ulrich Uma Ursula Valentina Vera"
    " Veronika Victor Viktor Vincent Viola Wanda Werner William Wim Xavier Yael Yasmin Yuki Yusuf Yvonne Zara Zoe Zoé"
    " Алексей Алёна Анна Борис Вера Виктор Галина Дарья Дмитрий Елена Иван Игорь Илья Ирина Катерина Лариса Людмила Мария"
    " Наталья Николай Оксана Олег Олена Ольга Павел Пётр Роман Сергей Софія Тарас Татьяна Фёдор Юлия Юрий Яна Ярослав"
    " Αλέξανδρος Άννα Βασίλης Γιώργος Δήμητρα Ελένη Ιωάννα Κώστας Μαρία Νίκος Όλγα Παναγιώτης Σοφία Χρήστος"
    " אברהם דוד חנה יעל מרים משה נועה רות שרה أحمد خالد سارة علي فاطمة ليلى محمد مريم نور يوسف"
    " अमित आशा नेहा प्रिया राहुल สมชาย สมหญิง 王伟 王芳 李娜 李强 张敏 刘洋 佐藤 鈴木 健一 花子 さくら ひろし 김민준 이서연 박지훈 최수빈"
).split()
FAMILY = (
    "Adler Andersson Bauer Becker Bianchi Brown Costa Dubois Fernández Fischer García Gruber Haddad Hansen Horvat Ivanova"
    " Jansen Jones Kowalski Kumar Lehmann Lopes Martin Meier Müller Nagy Nguyen Novak Okafor Olsen Popescu Rossi Sato"
    " Schmidt Silva Smith Tanaka Weber Yilmaz Zhang"
).split()
# fmt: on
NAMES = [*dict.fromkeys(GIVEN), *(f"{given} {family}" for given in dict.fromkeys(GIVEN) for family in FAMILY)]
