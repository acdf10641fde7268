package main

// row is a group of lines of the table that are measured together.
type row struct {
	name    string // for ROWS=
	measure func(*bench) error
}

// rows returns all rows, in the order of the table.
func rows() []row {
	return []row{
		{"poll", pollRow},
		{"calls", callsRow},
		{"list", listRow},
		{"restart", restartRow},
		{"firstread", firstReadRow},
		{"firstlist", firstListRow},
		{"newmail", newMailRow},
		{"large", largeRow},
		{"retr", retrRow},
		{"top", topRow},
		{"delete", deleteRow},
		{"mixed", mixedRow},
		{"waiting", waitingRow},
		{"crowd", crowdRow},
		{"same", sameRow},
		{"child", childRow},
		{"start", startRow},
		{"mailboxes", mailboxesRow},
		{"curve", curveRow},
	}
}

func rowNames() []string {
	var names []string
	for _, r := range rows() {
		names = append(names, r.name)
	}
	return names
}
