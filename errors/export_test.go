package errors

// Row names one answer that a profile is documented to give.
type Row struct {
	Method Method
	Code   Code
}

// DocumentedRows returns the rows of the manuals.
func DocumentedRows() []Row {
	rows := make([]Row, 0, len(documented))
	for _, r := range documented {
		rows = append(rows, Row{r.method, r.code})
	}
	return rows
}

// AllCodes returns every code that has a text.
func AllCodes() []Code {
	codes := make([]Code, 0, len(common))
	for c := range common {
		codes = append(codes, c)
	}
	return codes
}

// AllMethods returns every method that has a shape.
func AllMethods() []Method {
	methods := make([]Method, 0, len(shapes))
	for m := range shapes {
		methods = append(methods, m)
	}
	return methods
}
