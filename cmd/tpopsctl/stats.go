package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"strings"
	"time"

	"tpops/pkg/backend/logincheck"
	"tpops/pkg/operator"
)

const statsHelp = `Show what the running daemon has counted and measured.

  --json             all figures, as one JSON object per figure
  --socket PATH      the control socket (/run/tpops/control)

P50, P90 and P99 are percentiles: 50, 90 or 99 of 100 durations were at most
this long. The table leaves out figures that are 0.

The exit code is 0, or 69 if tpops is not running, 77 if you may not use the
socket.
`

// statsOptions are the options of the subcommand stats.
type statsOptions struct{ controlOptions }

func prepareStats(flags *flag.FlagSet) action {
	o := &statsOptions{}
	o.declare(flags)
	return o.run
}

// run shows the figures.
func (o *statsOptions) run(_ []string, s streams) error {
	var all []operator.Stat
	end, err := o.ask("stats", struct{}{}, func(row json.RawMessage) error {
		if o.asJSON {
			_, err := fmt.Fprintln(s.out, visibleJSON(row))
			return err
		}
		var one operator.Stat
		err := json.Unmarshal(row, &one)
		all = append(all, one)
		return err
	})
	if err != nil || o.asJSON {
		return err
	}
	var about operator.StatsEnd
	if err := json.Unmarshal(end, &about); err != nil {
		return fmt.Errorf("invalid answer of the daemon: %w", err)
	}
	if _, err := fmt.Fprintf(s.out, "since %s (%s)\n\n", about.Started.Local().Format(time.DateTime), shortDuration(time.Since(about.Started))); err != nil {
		return err
	}
	if err := writeTimes(s.out, all); err != nil {
		return err
	}
	return writeCounts(s.out, all)
}

// writeTimes writes the table of durations.
func writeTimes(w io.Writer, all []operator.Stat) error {
	columns := []column{{title: "TIME", width: 14}}
	for _, title := range []string{"TOTAL", "P50", "P90", "P99", "MINUTE", "P50", "P90", "P99"} {
		columns = append(columns, column{title: title, width: 9, right: true})
	}
	if err := writeTitles(w, columns); err != nil {
		return err
	}
	for _, one := range all {
		if one.Took == nil || one.Recent == nil {
			continue
		}
		cells := []string{shortName(&one), fmt.Sprintf("%.0f", one.Value)}
		cells = append(append(cells, timeCells(one.Took, one.Value)...), fmt.Sprintf("%.0f", one.Minute))
		if err := writeRow(w, columns, append(cells, timeCells(one.Recent, one.Minute)...)); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(w)
	return err
}

// timeCells returns the cells of percentiles, empty without durations.
func timeCells(t *operator.Times, count float64) []string {
	if count == 0 {
		return []string{"", "", ""}
	}
	return []string{seconds(t.P50), seconds(t.P90), seconds(t.P99)}
}

// startName is the figure that the first line shows as a time.
const startName = "process_start_time_seconds"

// writeCounts writes the table of numbers.
func writeCounts(w io.Writer, all []operator.Stat) error {
	columns := []column{{title: "NUMBER", width: 58}, {title: "TOTAL", width: 16, right: true}, {title: "MINUTE", width: 12, right: true}}
	if err := writeTitles(w, columns); err != nil {
		return err
	}
	for _, one := range all {
		if one.Took != nil || one.Value == 0 || one.Name == startName {
			continue
		}
		minute := ""
		if one.Type == "counter" {
			minute = fmt.Sprintf("%.0f", one.Minute)
		}
		if err := writeRow(w, columns, []string{shortName(&one), fmt.Sprintf("%.0f", one.Value), minute}); err != nil {
			return err
		}
	}
	return nil
}

// shortName returns the name of a figure without what all have, and its label.
func shortName(s *operator.Stat) string {
	name := strings.TrimPrefix(s.Name, "tpops_")
	name = strings.TrimSuffix(strings.TrimSuffix(name, "_seconds"), "_total")
	for _, word := range s.Labels {
		name += " " + word
	}
	return name
}

// seconds returns seconds with three digits.
func seconds(n float64) string { return logincheck.ShortTime(time.Duration(n * float64(time.Second))) }
