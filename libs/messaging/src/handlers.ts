import {
  type ArgumentsHost,
  type ExceptionFilter,
  type INestMicroservice,
  ValidationPipe,
} from '@nestjs/common';
import type { ValidationError } from '@nestjs/common';
import { type Observable, throwError } from 'rxjs';
import type { Problem } from './port';
import { internalProblem, problem, problemCodes, readProblem } from './problem';

/** Something broke in a handler, or a message could not be given to one. */
export interface HandlerFault {
  readonly subject: string;
  /** What was thrown. It may hold anything: it belongs in the service's own log and nowhere else. */
  readonly cause: unknown;
}

/** What every transport tells a handler's `@Ctx()`. */
export interface MessageContext {
  /** The subject that was asked or nudged, not the pattern that it matched. */
  getSubject(): string;
}

/**
 * Gives all handlers of a Nest microservice, whatever its transport, the validation of their questions and the one
 * shape of errors. Call it before `listen`. With a hybrid application: on what `connectMicroservice` returns, so that
 * nothing of it reaches the HTTP side.
 */
export function prepareHandlers(
  microservice: INestMicroservice,
  options: { readonly onFault: (fault: HandlerFault) => void },
): void {
  microservice.useGlobalFilters(problemFilter(options.onFault));
  microservice.useGlobalPipes(questionPipe());
}

/**
 * Turns what a handler, guard or pipe throws into a `Problem`. An `RpcException` with a code passes; anything else is
 * told to `onFault` and becomes INTERNAL, of which nobody outside learns more.
 */
function problemFilter(onFault: (fault: HandlerFault) => void): ExceptionFilter {
  return {
    catch(thrown: unknown, host: ArgumentsHost): Observable<never> {
      const said = readProblem(thrown);
      if (said === undefined) {
        onFault({ subject: host.switchToRpc().getContext<MessageContext>().getSubject(), cause: thrown });
      }
      return throwError(() => said ?? internalProblem);
    },
  };
}

/**
 * Validates questions that are declared as a class with class-validator's decorators, and makes them instances of it.
 * A question with a member that the class does not declare is refused: QUESTION_INVALID, with the path of each error.
 */
export function questionPipe(): ValidationPipe {
  return new ValidationPipe({
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    transform: true,
    validationError: { target: false, value: false },
    exceptionFactory: (errors: ValidationError[]) =>
      problem(problemCodes.questionInvalid, 'The question has not the shape that is asked for.', {
        errors: errors.flatMap((error) => pathErrors(error, '')),
      }),
  });
}

function pathErrors(error: ValidationError, above: string): NonNullable<Problem['errors']>[number][] {
  const path = [above, error.property].filter(Boolean).join('.');
  const own = Object.values(error.constraints ?? {}).map((message) => ({ path, message }));
  return [...own, ...(error.children ?? []).flatMap((child) => pathErrors(child, path))];
}
