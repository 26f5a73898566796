"""One person's page, part by part; `page.person_view` puts them together."""
