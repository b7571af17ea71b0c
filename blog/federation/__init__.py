"""What goes between this site and others: Webmention, WebSub and webhooks, over one client for public hosts only."""
