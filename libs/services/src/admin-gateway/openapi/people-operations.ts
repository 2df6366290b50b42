import { examples, listWith } from './examples';
import { inPath, json, listOf, nothing, paged, withHeaders, type Operation } from './operation';
import { ref } from './schema';

const user = inPath('user', "The account's name.");

const sessions: readonly Operation[] = [
  {
    id: 'signIn',
    method: 'post',
    path: '/api/v1/sessions',
    tag: 'Session',
    access: 'open',
    summary: 'Signs in with a local account',
    description:
      'The token goes into `Authorization: Bearer …`; a browser also gets an HttpOnly cookie. Repeated under one ' +
      '`Idempotency-Key` it gives the same session while that lives.',
    body: { schema: ref('Credentials'), required: true, example: examples.credentials },
    answers: { 201: json('Signed in.', ref('Session'), examples.session) },
    refusals: ['CREDENTIALS_INVALID', 'LOCAL_ACCOUNTS_OFF', 'ATTEMPTS_TOO_FAST'],
  },
  {
    id: 'signOut',
    method: 'delete',
    path: '/api/v1/sessions/current',
    tag: 'Session',
    access: 'viewer',
    summary: 'Ends the session: its token is worth nothing from now on',
    answers: { 204: nothing('Signed out.') },
    refusals: ['LOCAL_ACCOUNTS_OFF'],
  },
  {
    id: 'me',
    method: 'get',
    path: '/api/v1/me',
    tag: 'Session',
    access: 'viewer',
    summary: 'Who asks',
    answers: { 200: json('The account and its roles.', ref('User'), examples.session.user) },
  },
];

const users: readonly Operation[] = [
  {
    id: 'listUsers',
    method: 'get',
    path: '/api/v1/users',
    tag: 'Users',
    access: 'administrator',
    summary: 'Local accounts, by name',
    parameters: paged,
    answers: { 200: json('A page.', listOf('Account'), listWith(examples.accountShown)) },
    refusals: ['CURSOR_INVALID', 'LOCAL_ACCOUNTS_OFF'],
  },
  {
    id: 'createUser',
    method: 'post',
    path: '/api/v1/users',
    tag: 'Users',
    access: 'administrator',
    summary: 'Makes a local account',
    body: { schema: ref('NewAccount'), required: true, example: examples.account },
    answers: { 201: withHeaders(json('Made.', ref('Account'), examples.accountShown), 'location') },
    refusals: ['USER_NAME_TAKEN', 'LOCAL_ACCOUNTS_OFF'],
  },
  {
    id: 'user',
    method: 'get',
    path: '/api/v1/users/{user}',
    tag: 'Users',
    access: 'administrator',
    summary: 'One local account',
    parameters: [user],
    answers: { 200: json('The account.', ref('Account'), examples.accountShown) },
    refusals: ['USER_UNKNOWN', 'LOCAL_ACCOUNTS_OFF'],
  },
  {
    id: 'changeUser',
    method: 'patch',
    path: '/api/v1/users/{user}',
    tag: 'Users',
    access: 'administrator',
    summary: 'Gives an account another password or other roles; its sessions end',
    parameters: [user],
    body: { schema: ref('AccountPatch'), required: true, example: { roles: ['viewer'] } },
    answers: { 200: json('Changed.', ref('Account'), examples.accountShown) },
    refusals: ['USER_UNKNOWN', 'LAST_ADMINISTRATOR', 'LOCAL_ACCOUNTS_OFF'],
  },
  {
    id: 'removeUser',
    method: 'delete',
    path: '/api/v1/users/{user}',
    tag: 'Users',
    access: 'administrator',
    summary: 'Removes an account; its sessions end',
    parameters: [user],
    answers: { 204: nothing('Removed.') },
    refusals: ['USER_UNKNOWN', 'LAST_ADMINISTRATOR', 'LOCAL_ACCOUNTS_OFF'],
  },
];

export const peopleOperations: readonly Operation[] = [...sessions, ...users];
