module report

go 1.26
