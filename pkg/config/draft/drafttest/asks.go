package drafttest

import "regexp"

// work finds a duty, or a verb at the beginning of a clause. Commands, values and names of
// settings are quoted or follow other words.
var work = regexp.MustCompile(`\b(must|has to|have to|needs to)\b|` +
	`(^|[:;,] |\b(or|and|then|first|so) )(set|move|make|add|remove|rename|keep|run|write|store|create|give|grant|check|convert|decrypt|import|export|enable|disable|switch|use|have|let|limit|find)\b`)

// Asks reports whether the text of a note asks the operator to do something.
func Asks(text string) bool { return work.MatchString(text) }
