import { describe, expect, it } from '@jest/globals';
import { nextStep, type Step } from './next-step';
import type { Generation, Situation } from './situation';

function generation(over: Partial<Generation> = {}): Generation {
  return {
    number: '10',
    version: 5,
    layout: 1,
    position: '7',
    rebuild: 0,
    indexed: true,
    idle: false,
    whole: true,
    ...over,
  };
}

const broken = generation({ whole: false });
const settled: Situation = { rebuild: 0, current: generation(), building: null };
const running = { version: 5, starting: false };
const starting = { version: 5, starting: true };

describe('what a runner does about generations', () => {
  const cases: [string, Partial<Situation>, typeof running, Step][] = [
    ['all is well', {}, running, 'none'],
    ['all is well at a start', {}, starting, 'none'],
    ['there is no catalogue', { rebuild: null, current: null }, running, 'build'],
    ['nothing is read yet', { current: null }, running, 'build'],
    ['what is read is not whole', { current: broken }, running, 'build'],
    ['what is read is of older folds', { current: generation({ version: 4 }) }, running, 'build'],
    ['somebody asked', { rebuild: 1 }, running, 'build'],
    [
      'somebody asked before it was begun',
      { rebuild: 1, current: generation({ rebuild: 1 }) },
      running,
      'none',
    ],
    ['newer folds are read', { current: generation({ version: 6 }) }, running, 'none'],
    [
      'newer folds are read, not whole',
      { current: generation({ version: 6, whole: false }) },
      running,
      'none',
    ],
    ['newer folds are read at a start', { current: generation({ version: 6 }) }, starting, 'build'],
    ['it is being built', { current: broken, building: generation() }, running, 'none'],
    ['what is built is not whole', { current: broken, building: broken }, running, 'build'],
    ['what is built is not whole, nor wanted', { building: broken }, running, 'abandon'],
    ['older folds build', { current: broken, building: generation({ version: 4 }) }, running, 'build'],
    ['older folds build what nobody needs', { building: generation({ version: 4 }) }, running, 'abandon'],
    ['newer folds build', { current: broken, building: generation({ version: 6 }) }, running, 'none'],
    [
      'newer folds build, at a start',
      { current: broken, building: generation({ version: 6 }) },
      starting,
      'none',
    ],
    [
      'newer folds began and nobody goes on',
      { current: broken, building: generation({ version: 6, idle: true }) },
      running,
      'build',
    ],
    [
      'newer folds began, nobody goes on, and nothing is due',
      { building: generation({ version: 6, idle: true }) },
      running,
      'none',
    ],
  ];

  it.each(cases)('%s', (_, situation, folder, step) => {
    expect(nextStep({ ...settled, ...situation }, folder)).toBe(step);
  });
});
