package corpus

import (
	"math/rand/v2"
	"strings"
)

// textPieces are what random text is put together from.
var textPieces = []string{
	"\n", "\n", "\n", "\n.", "\n.\n", "\n..\n", "\n...x\n", "\n\n", ".", "..", "text", "From ", "\nFrom x\n", " ", "\t",
	"ü", "+OK", "a longer piece of text that makes a line", ": ",
}

// pieces are textPieces and what does not belong in a message.
var pieces = append([]string{
	"\r\n", "\r\n", "\r", "\r\n.\r\n", "\r.", "\r\r\n", "\x00", "\xff", "\xc3",
}, textPieces...)

// randomMessage returns a message of random pieces: text after a header,
// anything after a header, or anything.
func randomMessage(rng *rand.Rand) Message {
	switch rng.IntN(4) {
	case 0:
		return Message{Kind: "random", Data: []byte(randomText(rng, pieces))}
	case 1:
		return withHeader("random body", randomText(rng, pieces))
	default:
		return withHeader("random text", randomText(rng, textPieces))
	}
}

func randomText(rng *rand.Rand, pieces []string) string {
	var text strings.Builder
	for range rng.IntN(200) {
		text.WriteString(pieces[rng.IntN(len(pieces))])
	}
	return text.String()
}
