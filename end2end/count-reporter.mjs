// Prints the counts of a run as its last line, for `make test`.
export default class CountReporter {
  onBegin(_config, suite) {
    this.tests = suite.allTests();
  }

  onExit() {
    // `--list` runs nothing.
    if (!this.tests?.some((test) => test.results.length > 0)) return;
    const count = (...outcomes) =>
      this.tests.filter((test) => outcomes.includes(test.outcome())).length;
    console.log(
      `playwright: ${count('expected', 'flaky')} passed, ${count('unexpected')} failed, ` +
        `${count('skipped')} skipped`,
    );
  }
}
