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
    for (const test of this.tests.filter((test) => test.outcome() === 'flaky')) {
      const first = test.results[0].error?.message ?? '';
      console.log(`passed at the second attempt only: ${test.titlePath().join(' › ')}\n${first}`);
    }
    console.log(
      `playwright: ${count('expected', 'flaky')} passed, ${count('unexpected')} failed, ` +
        `${count('skipped')} skipped`,
    );
  }
}
