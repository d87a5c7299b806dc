package scan

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// extensions are those of files that are read.
var extensions = []string{
	".yaml", ".yml", ".json", ".toml", ".env", ".properties", ".ini", ".conf", ".cfg", ".cnf", ".tf", ".tfvars", ".hcl", ".tpl", ".tmpl", ".gotmpl",
	".sh", ".bash", ".zsh", ".py", ".java", ".kt", ".scala", ".js", ".mjs", ".cjs", ".ts", ".tsx", ".jsx", ".rb", ".php", ".sql", ".cs", ".ex", ".exs", ".rs",
	".xml", ".dockerfile", ".service", ".tofu", ".tftpl", ".j2", ".erb", ".template", ".dist", ".sample", ".example", ".config", ".jsonc", ".json5", ".jsonnet", ".libsonnet", ".cue", ".nomad",
	".prisma", ".pl", ".pm", ".mts", ".cts", ".gradle", ".kts", ".groovy", ".clj", ".fs", ".vb", ".dart", ".lua", ".ps1", ".bat", ".cmd",
}

// names are files without such an extension, by the beginning of their names.
var names = []string{"Dockerfile", "Containerfile", "docker-compose", ".env", "Procfile", "Makefile", "Jenkinsfile"}

// lockFiles hold digests and nothing that a person wrote.
var lockFiles = []string{"package-lock.json", "yarn.lock", "pnpm-lock.yaml", "npm-shrinkwrap.json", "composer.lock", "poetry.lock", "Cargo.lock", "go.sum", ".terraform.lock.hcl"}

// readsFile reports whether a file is read when it is found in a directory, with
// this path below it. A file that is named on the command line always is.
func readsFile(path string, opts Options) bool {
	name := filepath.Base(path)
	if slices.Contains(lockFiles, name) || strings.HasSuffix(name, ".min.js") || !opts.Tests && (testFile.MatchString(name) || isTestCode(path)) {
		return false
	}
	if slices.ContainsFunc(names, func(begin string) bool { return strings.HasPrefix(name, begin) }) {
		return true
	}
	ext := strings.ToLower(filepath.Ext(name))
	return slices.Contains(extensions, ext) || opts.Markdown && (ext == ".md" || ext == ".rst")
}

// testFile matches the names by which the test runners of Python, JavaScript, Java,
// Ruby and PHP know their tests, as the go command knows _test.go.
var testFile = regexp.MustCompile(`^(?:test_\w+|\w+_test|conftest)\.py$|\.(?:test|spec)\.[cm]?[jt]sx?$|(?:Test|Tests|TestCase|IT)\.(?:java|kt|scala|groovy|php)$|_spec\.rb$`)

var testDir = regexp.MustCompile(`(?:^|[/\\])(?:\w+[-_])?(?:tests?|specs?|e2e)[/\\]`)

// isTestCode reports whether a file is code in a directory of tests. Configuration
// there is read: "test" is also the name of an environment.
func isTestCode(path string) bool {
	return testDir.MatchString(path) && hasExtension(path, code) && !hasExtension(path, []string{".tf", ".hcl"})
}

// skipsDir reports whether a directory holds other people's code, generated files,
// or, unless asked for, tests.
func skipsDir(path string, opts Options) bool {
	name := filepath.Base(path)
	if parent := filepath.Base(filepath.Dir(path)); parent == "src" && (name == "test" || strings.HasSuffix(name, "Test")) {
		return !opts.Tests // of Maven and Gradle
	}
	switch name {
	case ".git", ".hg", ".svn", "vendor", "node_modules", ".terraform", "__pycache__", "site-packages", ".venv", "venv", ".tox":
		return true
	case "testdata", "__tests__", "jmh", ".github", ".gitlab", ".circleci", ".buildkite", ".azure-pipelines":
		return !opts.Tests
	}
	return strings.HasSuffix(name, ".dist-info") || strings.HasSuffix(name, ".egg-info")
}

// isInstalled reports whether dir holds installed Python packages, whatever its name:
// layers of Lambda functions are committed like that.
func isInstalled(dir string) bool {
	found, _ := filepath.Glob(filepath.Join(dir, "*.dist-info"))
	return len(found) > 0
}
