CREATE TABLE city(name TEXT PRIMARY KEY, country TEXT, people INTEGER);
INSERT INTO city VALUES ('Bern','CH',134),('Basel','CH',178),('Lyon','FR',522),('Paris','FR',2103);
CREATE INDEX by_country ON city(country);
SELECT country, count(*), sum(people), group_concat(name, ',') FROM city GROUP BY country ORDER BY 3 DESC;
