package table

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
	"testing"
)

// curve grows tenfold at each point.
func curve() *Curve {
	return &Curve{Title: "poll <thread & null>", Across: "messages", Unit: "ms", Points: []Point{
		{10, map[string]float64{"thread": 0.2, "null": 0.1}}, {100, map[string]float64{"thread": 2}}, {1000, map[string]float64{"thread": 20}},
	}}
}

func TestCurve(t *testing.T) {
	want := "| messages | thread | null |\n|---|---|---|\n| 10 | 0.200 | 0.100 |\n| 100 | 2.00 |  |\n| 1,000 | 20.0 |  |\n"
	if got := curve().Table([]string{"thread", "fork", "null"}); got != want {
		t.Errorf("Table:\n%swant\n%s", got, want)
	}
	if low, high := curve().bounds(); low != 0.1 || high != 100 {
		t.Errorf("bounds = %v to %v, want 0.1 to 100", low, high)
	}
	if got := logarithm(100, 10, 1000); math.Abs(got-0.5) > 1e-9 {
		t.Errorf("logarithm = %v, want 0.5", got)
	}
}

func TestSVGIsWellFormed(t *testing.T) {
	empty := &Curve{Points: []Point{{At: 1}}}
	order := []string{"thread", "null"}
	for name, svg := range map[string]string{
		"bars": Bars([]*Line{poll()}, order), "curve": curve().SVG(order), "empty curve": empty.SVG(order), "no points": (&Curve{}).SVG(order), "no bars": Bars(nil, order),
	} {
		d := xml.NewDecoder(strings.NewReader(svg))
		for {
			_, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Errorf("%s: %v\n%s", name, err, svg)
				break
			}
		}
		if strings.Contains(svg, "NaN") || strings.Contains(svg, "Inf") {
			t.Errorf("%s has a coordinate that is no number:\n%s", name, svg)
		}
	}
	if got := strings.Count(Bars([]*Line{poll()}, order), "<rect x="); got != 2 {
		t.Errorf("%d bars, want one for each of 2 columns", got)
	}
}

// Both readers of a page, with a light and with a dark screen, see all of a plot.
func TestPlotsAreReadableInLightAndDark(t *testing.T) {
	for i := range 10 {
		for _, ground := range []string{"#ffffff", "#0d1117"} {
			if got := contrast(t, colour(i), ground); got < 3 {
				t.Errorf("colour %d, %s, on %s: contrast %.1f, want 3", i, colour(i), ground, got)
			}
		}
		if colour(i) == colour(i+1) {
			t.Errorf("colours %d and %d are equal", i, i+1)
		}
	}
	for _, pair := range [][2]string{{"#1f2328", "#ffffff"}, {"#e6edf3", "#0d1117"}} {
		if got := contrast(t, pair[0], pair[1]); got < 7 {
			t.Errorf("text %s on %s: contrast %.1f, want 7", pair[0], pair[1], got)
		}
		if !strings.Contains(style, "text{fill:"+pair[0]+"}") {
			t.Errorf("no text has the colour %s", pair[0])
		}
	}
	for name, svg := range map[string]string{"bars": Bars([]*Line{poll()}, []string{"thread"}), "curve": curve().SVG([]string{"thread"})} {
		if strings.Count(svg, "prefers-color-scheme:dark") != 1 || strings.Contains(svg, "fill='white'") {
			t.Errorf("%s: the colours of text and ground do not follow the screen:\n%s", name, svg)
		}
	}
}

// contrast returns the ratio of two colours by WCAG 2.1, 1.4.11: 1 to 21.
func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	light, dark := luminance(t, a), luminance(t, b)
	return (max(light, dark) + 0.05) / (min(light, dark) + 0.05)
}

func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	rgb, err := strconv.ParseUint(strings.TrimPrefix(colour, "#"), 16, 24)
	if err != nil {
		t.Fatal(err)
	}
	linear := func(part uint64) float64 {
		if v := float64(part&255) / 255; v > 0.04045 {
			return math.Pow((v+0.055)/1.055, 2.4)
		} else {
			return v / 12.92
		}
	}
	return 0.2126*linear(rgb>>16) + 0.7152*linear(rgb>>8) + 0.0722*linear(rgb)
}
