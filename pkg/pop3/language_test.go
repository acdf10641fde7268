package pop3

import (
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"maps"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// sourceTexts returns what the source has as the texts of replies, the first
// argument of ok or the text of a reply, and of errors.
func sourceTexts(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	texts := map[string]string{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(gotoken.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			for _, text := range textsOf(n) {
				texts[text] = file
			}
			return true
		})
	}
	return texts
}

// textsOf returns the texts in one node.
func textsOf(n ast.Node) []string {
	var found []ast.Expr
	switch n := n.(type) {
	case *ast.CallExpr:
		if name, ok := n.Fun.(*ast.Ident); ok && name.Name == "ok" {
			found = n.Args[:1]
		}
	case *ast.CompositeLit:
		name, _ := n.Type.(*ast.Ident)
		if name != nil && name.Name == "Error" && len(n.Elts) == 2 {
			found = n.Elts[1:]
		}
		for _, e := range n.Elts {
			if pair, ok := e.(*ast.KeyValueExpr); ok && name != nil && name.Name == "reply" {
				if key, ok := pair.Key.(*ast.Ident); ok && key.Name == "text" {
					found = append(found, pair.Value)
				}
			}
		}
	}
	var texts []string
	for _, e := range found {
		if literal, ok := e.(*ast.BasicLit); ok && literal.Kind == gotoken.STRING {
			text, _ := strconv.Unquote(literal.Value)
			texts = append(texts, text)
		}
	}
	return texts
}

var (
	verbs = regexp.MustCompile(`%.`)
	words = regexp.MustCompile(`[A-Za-z]`)
)

// TestTranslations holds the table against the source.
func TestTranslations(t *testing.T) {
	japanese := maps.Clone(japaneseReplies)
	maps.Copy(japanese, japaneseErrors)
	texts := sourceTexts(t)
	if len(texts) < 25 {
		t.Errorf("only %d texts were found", len(texts))
	}
	for text, file := range texts {
		inWords := words.MatchString(verbs.ReplaceAllString(text, ""))
		translated, ok := japanese[text]
		if inWords && !ok {
			t.Errorf("%s: %q is not translated", file, text)
		}
		if got, want := strings.Join(verbs.FindAllString(translated, -1), ""), strings.Join(verbs.FindAllString(text, -1), ""); ok && got != want {
			t.Errorf("%q has %s, its translation %s", text, want, got)
		}
	}
	for text, translated := range japanese {
		if _, ok := texts[text]; !ok {
			t.Errorf("%q is nowhere in the source", text)
		}
		if !utf8.ValidString(translated) || strings.ContainsAny(translated, "\r\n") || strings.HasPrefix(translated, "[") {
			t.Errorf("%q cannot be sent", translated)
		}
	}
}

func TestFindLanguage(t *testing.T) {
	tests := []struct{ wanted, tag string }{
		{"*", "i-default"}, {"en", "en"}, {"EN-US", "en"}, {"ja", "ja"}, {"ja-Latn-JP", "ja"}, {"I-DEFAULT", "i-default"},
		{"i", ""}, {"jap", ""}, {"fr", ""}, {"", ""}, {"-", ""}, {"ja_JP", ""}, {strings.Repeat("-", 1000), ""},
	}
	for _, tt := range tests {
		tag := ""
		if l := findLanguage(tt.wanted); l != nil {
			tag = l.tag
		}
		if tag != tt.tag {
			t.Errorf("%.20q gets %q, want %q", tt.wanted, tag, tt.tag)
		}
	}
}

func FuzzResponse(f *testing.F) {
	for _, text := range []string{"", "=", "AAAA", "AA==", "AAA=", "AAB=", "AA==AAAA", "A", "!", "AAAA\r", "AA\nAA"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		response, err := decodeResponse([]byte(text))
		// RFC 5034 §5: groups of four, with = at the end alone.
		legal := regexp.MustCompile(`^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$`).MatchString(text)
		if err == nil && (!legal || response == nil) || err != nil && err != error(ErrSASL) {
			t.Errorf("%q: %q, %v", text, response, err)
		}
	})
}
