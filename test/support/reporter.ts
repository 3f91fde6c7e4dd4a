import Mocha from 'mocha';

/** Mocha's usual report on the terminal, and its JSON in a file where the reporter's option `output` names one. */
export default class SpecAndJson extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions & { reporterOption?: { output?: string } }) {
    super(runner, options);
    if (options.reporterOption?.output) new Mocha.reporters.JSON(runner, options);
  }
}
