import { Controller, type Type, UseGuards } from '@nestjs/common';
import { Ctx, EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { Type as Nested } from 'class-transformer';
import { IsInt, IsString, Length, ValidateNested } from 'class-validator';
import { of } from 'rxjs';
import type { MessageContext } from '../handlers';
import { problem } from '../problem';

class Place {
  @IsString()
  @Length(1, 8)
  city!: string;
}

class Greeting {
  @IsString()
  name!: string;

  @IsInt()
  times!: number;

  @ValidateNested()
  @Nested(() => Place)
  place!: Place;
}

const refuseAll = { canActivate: () => false };

/** The handlers that most of the suite asks. */
export function answering(): Type {
  @Controller()
  class Answering {
    @MessagePattern('suite.echo')
    echo(@Payload() question: unknown): unknown {
      return question;
    }

    @MessagePattern('suite.kind')
    kind(@Payload() question: unknown): string {
      return question === null ? 'null' : typeof question;
    }

    @MessagePattern('suite.answer.*')
    answer(@Ctx() context: MessageContext): unknown {
      const answers: Record<string, unknown> = {
        nothing: undefined,
        null: null,
        date: new Date(0),
        holes: { kept: 1, gone: undefined },
        bigint: { value: 1n },
        large: 'x'.repeat(1_100_000),
        stream: of('first', 'second'),
      };
      return answers[context.getSubject().split('.')[2] ?? ''];
    }

    @MessagePattern('suite.greet')
    greet(@Payload() greeting: Greeting): { instance: boolean; text: string } {
      return { instance: greeting instanceof Greeting, text: `${greeting.name} × ${greeting.times}` };
    }

    @MessagePattern('suite.guarded')
    @UseGuards(refuseAll)
    guarded(): string {
      return 'open';
    }
  }
  return Answering;
}

/** Handlers that say no, or break. */
export function failing(secret: string): Type {
  @Controller()
  class Failing {
    @MessagePattern('suite.refuse')
    refuse(): never {
      throw problem('SOURCE_UNKNOWN', 'There is no such source.', {
        retryable: true,
        errors: [{ path: 'source', message: 'unknown' }],
      });
    }

    @MessagePattern('suite.break')
    async break(): Promise<never> {
      await Promise.resolve();
      throw new Error(secret);
    }

    @EventPattern('suite.break.nudge')
    breakNudge(): never {
      throw new Error(secret);
    }
  }
  return Failing;
}

/** Listens to everything that the wildcards allow and writes down what came, as `label subject`. */
export function recording(label: string, seen: string[]): Type {
  @Controller()
  class Recording {
    @EventPattern('suite.day.*.sealed')
    sealed(@Ctx() context: MessageContext): void {
      seen.push(`${label} ${context.getSubject()}`);
    }

    @EventPattern('suite.source.>')
    source(@Ctx() context: MessageContext): void {
      seen.push(`${label} ${context.getSubject()}`);
    }

    @EventPattern('suite.plain')
    plain(@Payload() message: unknown): void {
      seen.push(`${label} ${JSON.stringify(message)}`);
    }

    @MessagePattern('suite.who')
    who(): string {
      seen.push(`${label} who`);
      return label;
    }
  }
  return Recording;
}

export interface Holding {
  readonly controller: Type;
  /** How many handlers are at work, and how many have been at once. */
  readonly count: { working: number; most: number; begun: number };
}

/** A question and a nudge whose handlers stay until the test lets them go. */
export function holding(passed: Promise<void>): Holding {
  const count = { working: 0, most: 0, begun: 0 };
  const hold = async (): Promise<string> => {
    count.begun += 1;
    count.working += 1;
    count.most = Math.max(count.most, count.working);
    await passed;
    count.working -= 1;
    return 'done';
  };

  @Controller()
  class HoldingController {
    @MessagePattern('suite.hold')
    hold(): Promise<string> {
      return hold();
    }

    @EventPattern('suite.hold.nudge')
    async holdNudge(): Promise<void> {
      await hold();
    }
  }
  return { controller: HoldingController, count };
}

interface Saying {
  readonly label: string;
  readonly pattern?: string;
  readonly queue?: string;
  readonly heard?: string[];
  readonly answersOnly?: boolean;
}

/** Answers, and hears nudges unless it answers only, with its label. */
export function saying(options: Saying): Type {
  const { label, pattern = 'who', queue, heard = [], answersOnly = false } = options;
  const extras = queue === undefined ? {} : { queue };

  @Controller()
  class Answers {
    @MessagePattern(pattern, extras)
    answer(): string {
      return label;
    }
  }
  if (answersOnly) return Answers;

  @Controller()
  class Says extends Answers {
    @EventPattern(pattern, extras)
    hear(): void {
      heard.push(label);
    }
  }
  return Says;
}

/** Writes down what it was asked. */
export function counting(begun: unknown[]): Type {
  @Controller()
  class Counting {
    @MessagePattern('suite.count')
    count(@Payload() question: unknown): string {
      begun.push(question);
      return 'counted';
    }

    @EventPattern('suite.count')
    hear(@Payload() message: unknown): void {
      begun.push(message);
    }
  }
  return Counting;
}
