/**
 * The arrows of the house: apps → services → (domain, contracts, ports) → nothing. The libs that are not named here
 * as allowed may not be reached; tests may also use `platform/testing`.
 */
const spec = '\\.(spec|fixture)\\.ts$|/testing/|/test/';
const ports = 'event-log|messaging|sources|platform';

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-app-to-app',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'composition-is-for-shells',
      comment: 'It chooses adapters, as the apps do: nothing that is put together may know by what.',
      severity: 'error',
      from: { path: '^libs/(?!composition/)' },
      to: { path: '^libs/composition/' },
    },
    { name: 'libs-not-to-apps', severity: 'error', from: { path: '^libs/' }, to: { path: '^apps/' } },
    {
      name: 'domain-imports-nothing',
      comment: 'The zone library is the one exception, in one folder.',
      severity: 'error',
      from: { path: '^libs/domain/src', pathNot: spec },
      to: { pathNot: '^libs/domain/src|node_modules/temporal-polyfill' },
    },
    {
      name: 'ports-import-no-lib',
      severity: 'error',
      from: { path: `^libs/(${ports})/`, pathNot: spec },
      to: { path: '^libs/([^/]+)/', pathNot: `^libs/(${ports})/` },
    },
    {
      name: 'one-port-not-to-another',
      severity: 'error',
      from: { path: `^libs/(${ports})/`, pathNot: spec },
      to: { path: '^libs/([^/]+)/', pathNot: '^libs/$1/' },
    },
    {
      name: 'contracts-know-the-domain-only',
      severity: 'error',
      from: { path: '^libs/contracts/src' },
      to: { path: '^libs/', pathNot: '^libs/(contracts|domain)/' },
    },
    {
      name: 'elements-know-the-source-port-only',
      severity: 'error',
      from: { path: '^libs/elements/src', pathNot: spec },
      to: { path: '^libs/', pathNot: '^libs/(elements|sources)/' },
    },
    {
      name: 'views-know-log-contracts-domain',
      severity: 'error',
      from: { path: '^libs/views/src', pathNot: spec },
      to: { path: '^libs/', pathNot: '^libs/(views|event-log|contracts|domain)/' },
    },
    {
      name: 'no-service-imports-another',
      severity: 'error',
      from: { path: '^libs/services/src/([^/]+)/' },
      to: {
        path: '^libs/services/src/',
        pathNot: '^libs/services/src/($1|nest|log-states|counting|testing)/',
      },
    },
    {
      name: 'adapters-are-chosen-in-shells',
      severity: 'error',
      from: { path: '^libs/(services|views|contracts|domain)/', pathNot: spec },
      to: {
        path: '^libs/(event-log/src/(memory|postgres)|messaging/src/(in-process|nats)|platform/src/embedded-postgres)/',
      },
    },
    {
      name: 'nest-stays-where-it-belongs',
      severity: 'error',
      from: { path: '^libs/(domain|contracts|event-log|sources|elements|views)/' },
      to: { path: 'node_modules/@nestjs/' },
    },
    {
      name: 'only-public-entry',
      severity: 'error',
      from: { path: '^(apps|libs)/([^/]+)/' },
      to: {
        path: '^libs/[^/]+/src/',
        pathNot: ['^$1/$2/', '^libs/[^/]+/src/index\\.ts$', '^libs/[^/]+/src/[a-z-]+/index\\.ts$'],
      },
    },
    {
      name: 'no-undeclared-dependency',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: `${spec}|jest\\.config` },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'] },
    },
    { name: 'unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '/dist/' },
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      conditionNames: ['@daymark/source', 'import', 'require', 'node', 'default'],
      exportsFields: ['exports'],
    },
  },
};
