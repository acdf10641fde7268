module github.com/xdg-go/stringprep

go 1.11

require golang.org/x/text v0.3.8
