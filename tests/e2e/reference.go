// Parses image references with github.com/docker/distribution/reference, the parser of container runtimes, for
// test_reference.py.
//
//	reference literals DIRECTORY   prints each string in the library's own tests, one per line, in hex
//	reference parse                reads such lines, and prints for each what ParseNormalizedNamed and
//	                               ParseDockerRef return: "ok" and domain, path, tag, digest of both, or
//	                               "error" and the message, separated by tabs
package main

import (
	"bufio"
	_ "crypto/sha256"
	_ "crypto/sha512"
	"encoding/hex"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strconv"
	"strings"

	"github.com/docker/distribution/reference"
)

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "reference:", err)
		os.Exit(1)
	}
}

// The value of a string expression: a literal, a sum, or strings.Repeat.
func value(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.ParenExpr:
		return value(e.X)
	case *ast.BasicLit:
		if e.Kind == token.STRING {
			s, err := strconv.Unquote(e.Value)
			return s, err == nil
		}
	case *ast.BinaryExpr:
		a, okA := value(e.X)
		b, okB := value(e.Y)
		return a + b, okA && okB && e.Op == token.ADD
	case *ast.CallExpr:
		if f, ok := e.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "Repeat" && len(e.Args) == 2 {
			if n, ok := e.Args[1].(*ast.BasicLit); ok && n.Kind == token.INT {
				count, err := strconv.Atoi(n.Value)
				s, ok := value(e.Args[0])
				return strings.Repeat(s, count), ok && err == nil
			}
		}
	}
	return "", false
}

func literals(directory string) {
	tests := func(info os.FileInfo) bool { return strings.HasSuffix(info.Name(), "_test.go") }
	packages, err := parser.ParseDir(token.NewFileSet(), directory, tests, 0)
	fail(err)
	for _, p := range packages {
		ast.Inspect(p, func(n ast.Node) bool {
			if _, ok := n.(*ast.ImportSpec); ok {
				return false
			}
			if e, ok := n.(ast.Expr); ok {
				if s, ok := value(e); ok {
					fmt.Println(hex.EncodeToString([]byte(s)))
				}
			}
			return true
		})
	}
}

func parts(named reference.Named) string {
	tag, digest := "", ""
	if tagged, ok := named.(reference.Tagged); ok {
		tag = tagged.Tag()
	}
	if digested, ok := named.(reference.Digested); ok {
		digest = digested.Digest().String()
	}
	return strings.Join([]string{reference.Domain(named), reference.Path(named), tag, digest}, "\t")
}

func parse() {
	lines := bufio.NewScanner(os.Stdin)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for lines.Scan() {
		text, err := hex.DecodeString(lines.Text())
		fail(err)
		named, err := reference.ParseNormalizedNamed(string(text))
		pulled, pulledErr := reference.ParseDockerRef(string(text))
		if (err == nil) != (pulledErr == nil) {
			fail(fmt.Errorf("%q: ParseNormalizedNamed: %v, ParseDockerRef: %v", text, err, pulledErr))
		}
		if err != nil {
			fmt.Fprintf(out, "error\t%q\n", err)
		} else {
			fmt.Fprintf(out, "ok\t%s\t%s\n", parts(named), parts(pulled))
		}
	}
	fail(lines.Err())
}

func main() {
	if len(os.Args) == 3 && os.Args[1] == "literals" {
		literals(os.Args[2])
	} else if len(os.Args) == 2 && os.Args[1] == "parse" {
		parse()
	} else {
		fail(fmt.Errorf("usage: reference literals DIRECTORY | reference parse"))
	}
}
