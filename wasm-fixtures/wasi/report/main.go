// Report reads orders as JSON from the standard input, and one template, /in/report.tmpl, which it fills with them: totals for each
// customer, the largest first. The text goes to /out/report.txt, and the totals as JSON to the standard output.
package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"text/template"
	"time"
)

type order struct {
	Customer string    `json:"customer"`
	Item     string    `json:"item"`
	Count    int       `json:"count"`
	Price    float64   `json:"price"`
	At       time.Time `json:"at"`
}

type total struct {
	Customer string   `json:"customer"`
	Sum      float64  `json:"sum"`
	Items    []string `json:"items"`
	Last     string   `json:"last"`
}

func totals(orders []order) []*total {
	known := map[string]*total{}
	for _, o := range orders {
		t := known[o.Customer]
		if t == nil {
			t = &total{Customer: o.Customer}
			known[o.Customer] = t
		}
		t.Sum += float64(o.Count) * o.Price
		t.Items = append(t.Items, o.Item)
		if last := o.At.UTC().Format(time.DateOnly); last > t.Last {
			t.Last = last
		}
	}
	// A map of Go is read in random order: only the sort makes this one order.
	all := []*total{}
	for _, t := range known {
		all = append(all, t)
	}
	slices.SortFunc(all, func(a, b *total) int {
		return cmp.Or(-cmp.Compare(a.Sum, b.Sum), cmp.Compare(a.Customer, b.Customer))
	})
	return all
}

func run() error {
	var orders []order
	if err := json.NewDecoder(os.Stdin).Decode(&orders); err != nil {
		return fmt.Errorf("the standard input: %w", err)
	}
	all := totals(orders)
	functions := template.FuncMap{"join": strings.Join}
	text, err := template.New("report.tmpl").Funcs(functions).ParseFiles("/in/report.tmpl")
	if err != nil {
		return err
	}
	out, err := os.Create("/out/report.txt")
	if err != nil {
		return err
	}
	if err := text.Execute(out, all); err != nil {
		return err
	}
	if err := out.Close(); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(all)
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
