import type { IterationPlace } from '../executor/index.ts';
import type { Exec } from '../flow/index.ts';
import type { VuRole } from './vu-role.ts';
import type { VuTags } from './vu-tags.ts';

/** Thrown by `vu.exec.test.abort()`; ends the iteration that called it. */
export class TestAborted extends Error {
  override readonly name = 'TestAborted';
}

/** k6's `exec` of one VU. k6 counts VUs from 1, and iterations from 0. */
export function vuExec(role: VuRole, place: () => IterationPlace, tags: () => VuTags): Exec {
  const { scenario, executor, index, context, scenarioState } = role;
  return {
    scenario: {
      name: scenario,
      executor,
      get startTime() {
        return scenarioState.startedAt;
      },
      get progress() {
        return scenarioState.progress();
      },
      get iterationInInstance() {
        return place().inScenario;
      },
      get iterationInTest() {
        return place().inScenario;
      },
    },
    vu: {
      idInInstance: index + 1,
      idInTest: index + 1,
      get iterationInInstance() {
        return place().inVu;
      },
      get iterationInScenario() {
        return place().inVu;
      },
      metrics: {
        get tags() {
          return tags().view;
        },
      },
    },
    instance: {
      get vusActive() {
        return context.instance.vusActive;
      },
      get vusInitialized() {
        return context.instance.vusInitialized;
      },
      get iterationsCompleted() {
        return context.instance.iterationsCompleted;
      },
      get iterationsInterrupted() {
        return context.instance.iterationsInterrupted;
      },
      get currentTestRunDuration() {
        return context.clock.now() - context.instance.loadStartedAt;
      },
    },
    test: {
      abort(message = 'test.abort() was called'): never {
        context.abortTest(message);
        throw new TestAborted(message);
      },
      options: context.options,
      fail: (message = 'test.fail() was called') => context.failTest(message),
    },
  };
}
