package table

import (
	"math"
	"testing"
)

// through returns a curve whose points are y at 10, 100, 1,000 and so on.
func through(ys ...float64) *Curve {
	c := &Curve{Across: "messages", Unit: "ms"}
	for i, y := range ys {
		c.Points = append(c.Points, Point{At: math.Pow(10, float64(i+1)), Cells: map[string]float64{"thread": y}})
	}
	return c
}

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-6*max(math.Abs(a), math.Abs(b), 1e-6) }

func TestFitFindsALine(t *testing.T) {
	line := func(n float64) float64 { return 0.25 + 0.003*n }
	f, ok := through(line(10), line(100), line(1e3), line(1e4), line(1e5), line(1e6)).Fit("thread")
	if !ok || !near(f.Start, 0.25) || !near(f.Each, 0.003) || !near(f.R2, 1) || f.Residual > 1e-6 {
		t.Errorf("%+v, %v; want 0.25 + 0.003 n exactly", f, ok)
	}
	if got, want := f.Formula("ms", "messages"), "0.250 ms + 3.00 µs × messages"; got != want {
		t.Errorf("formula %q, want %q", got, want)
	}
}

// A point that is wrong by a share must not be hidden by larger points, nor move
// the start of the line to where it describes no point.
func TestFitWeighsShares(t *testing.T) {
	f, ok := through(0.25, 0.26, 0.3, 1.2, 11, 90).Fit("thread")
	if !ok || f.Start < 0.2 || f.Start > 0.3 || f.Each < 0.00008 || f.Each > 0.0002 {
		t.Errorf("%+v, %v; want about 0.25 + 0.0001 n", f, ok)
	}
	if f.Residual < 0.02 || f.Residual > 0.3 || f.R2 < 0.95 || f.R2 > 1 {
		t.Errorf("%+v: the deviation is not what the points have", f)
	}
	least := f.loss(t, 0, 0)
	for _, moved := range [][2]float64{{0.001, 0}, {-0.001, 0}, {0, 1e-6}, {0, -1e-6}} {
		if got := f.loss(t, moved[0], moved[1]); got < least {
			t.Errorf("a line moved by %v is better: %v < %v", moved, got, least)
		}
	}
}

// loss returns the sum of the squares that the fit minimises, for a line nearby.
func (f Fit) loss(t *testing.T, start, each float64) float64 {
	t.Helper()
	sum := 0.0
	for i, y := range []float64{0.25, 0.26, 0.3, 1.2, 11, 90} {
		share := (y - f.Start - start - (f.Each+each)*math.Pow(10, float64(i+1))) / y
		sum += share * share
	}
	return sum
}

func TestFitOfConstantCost(t *testing.T) {
	f, ok := through(0.2, 0.2, 0.2).Fit("thread")
	if !ok || !near(f.Start, 0.2) || math.Abs(f.Each) > 1e-12 || f.Residual > 1e-9 || f.R2 != 1 && f.R2 != 0 {
		t.Errorf("%+v, %v; want 0.2 + 0 n", f, ok)
	}
}

func TestFitNeedsPoints(t *testing.T) {
	same := through(1, 2, 3)
	for i := range same.Points {
		same.Points[i].At = 10
	}
	for name, c := range map[string]*Curve{
		"no points": through(), "two points": through(1, 2), "one that counts": through(0, -1, 3), "one number": same,
	} {
		if f, ok := c.Fit("thread"); ok {
			t.Errorf("%s: %+v", name, f)
		}
	}
	if got := through(1, 2).Fits([]string{"thread"}); got != "" {
		t.Errorf("a table without lines: %q", got)
	}
}

func TestFits(t *testing.T) {
	want := "| server | formula | R² | largest deviation of a point |\n|---|---|---|---|\n" +
		"| thread | 1.00 ms + 20.0 µs × messages | 1.000 | 0 % |\n"
	if got := through(1.2, 3, 21).Fits([]string{"null", "thread"}); got != want {
		t.Errorf("Fits:\n%swant\n%s", got, want)
	}
}

// Beyond a bound the cost follows another line.
func TestFitEndsWhereTheCacheDoes(t *testing.T) {
	c := through(1.2, 3, 21, 9999)
	c.Cached = 1000
	want := "| server | formula, up to 1,000 | R² | largest deviation of a point |\n|---|---|---|---|\n" +
		"| thread | 1.00 ms + 20.0 µs × messages | 1.000 | 0 % |\n"
	if got := c.Fits([]string{"thread"}); got != want {
		t.Errorf("Fits:\n%swant\n%s", got, want)
	}
}

func TestUnitsOfFormulas(t *testing.T) {
	for _, test := range []struct {
		fit  Fit
		unit string
		want string
	}{
		{Fit{Start: 5, Each: 0.004}, "MiB", "5.00 MiB + 4.10 KiB × n"},
		{Fit{Start: 5, Each: 0.0001}, "MiB", "5.00 MiB + 105 octets × n"},
		{Fit{Start: 2, Each: -0.0000003}, "ms", "2.00 ms − 0.300 ns × n"},
		{Fit{Start: 2, Each: 3}, "ms", "2.00 ms + 3.00 ms × n"},
	} {
		if got := test.fit.Formula(test.unit, "n"); got != test.want {
			t.Errorf("%+v: %q, want %q", test.fit, got, test.want)
		}
	}
}
