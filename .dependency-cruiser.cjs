// Who may import whom: docs/architecture.md, "Layout". Each rule says what a folder may reach; all else is refused.
const node = 'node'
const only = (name, from, allowed, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from },
  to: {
    pathNot: [from, ...allowed.filter((path) => path !== node)],
    // Node's own modules have a type, and no path.
    ...(allowed.includes(node) && { dependencyTypesNot: ['core'] }),
  },
})
const packages = (...names) => names.map((name) => `^node_modules/${name}(/|$)`)

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-cycles-of-folders',
      comment: 'what two folders need from each other belongs in a third one, below both',
      severity: 'error',
      scope: 'folder',
      // The parts of the page, and those of the tests, are one thing each: they may need each other.
      from: { path: '^(bin|functions|lib|migrations|scripts|src)(/|$)' },
      to: { circular: true },
    },
    // The rule above sees no cycle of a folder with one inside it, so these two say which way it goes.
    {
      name: 'root-of-core-is-below-its-folders',
      comment:
        'every folder of src/core may import the files beside it, so these import none of the folders',
      severity: 'error',
      from: { path: '^src/core/[^/]+$' },
      to: { path: '^src/core/[^/]+/', pathNot: '^src/core/database/' },
    },
    {
      name: 'database-is-below-the-root-of-core',
      comment: 'the tables and what PostgreSQL answers, of which all else of src/core is made',
      severity: 'error',
      from: { path: '^src/core/database/' },
      to: { path: '^src/core/', pathNot: '^src/core/database/' },
    },
    {
      name: 'no-unresolved',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^virtual:' },
    },
    {
      name: 'nothing-imports-test',
      severity: 'error',
      from: { pathNot: '^test/' },
      to: { path: '^test/' },
    },
    {
      name: 'no-loose-tests',
      comment: 'a test is in the folder of the part that it tests',
      severity: 'error',
      from: { path: '^test/[^/]+$' },
      to: {},
    },
    {
      name: 'tests-share-by-support',
      comment: 'what tests of several folders need is in test/support',
      severity: 'error',
      from: { path: '^test/([^/]+)/' },
      to: { path: '^test/', pathNot: '^test/($1|support)/' },
    },
    only('protocol-is-pure', '^src/protocol/', packages('zod'), 'the wire knows no runtime'),
    only(
      'core-knows-no-aws-and-no-http',
      '^src/core/',
      [
        '^src/protocol/',
        node,
        ...packages(
          'kysely',
          'zod',
          '@sindresorhus/transliterate',
          'bcryptjs',
          'jsonwebtoken',
          '@types/jsonwebtoken',
          '@zxcvbn-ts',
          'otpauth',
          'uqr',
        ),
      ],
      'the chat runs on any database and any transport',
    ),
    only(
      'client-imports-nothing',
      '^src/client/',
      [],
      'it is a package by itself, and runs in a browser, too',
    ),
    {
      name: 'page-stands-on-the-client',
      comment:
        'web/app knows the server through the client library alone, and finds mentions as the server does',
      severity: 'error',
      from: { path: '^web/app/' },
      to: {
        pathNot: [
          '^web/app/',
          '^src/client/',
          '^src/protocol/mentions\\.ts$',
          '^node_modules/',
          // Made by the plugins of scripts/web/vite.config.ts.
          '^virtual:',
        ],
      },
    },
    only(
      'aws-adapts-core-ports',
      '^src/aws/',
      [
        '^src/core/',
        '^src/protocol/',
        node,
        ...packages('@aws-sdk', '@smithy', 'kysely', 'kysely-data-api'),
      ],
      'adapters of the ports of src/core',
    ),
    only(
      'gateway-knows-no-chat',
      '^src/emulators/api-gateway/',
      [node, ...packages('ws', '@types/ws', '@types/aws-lambda', '@smithy', '@aws-crypto')],
      "API Gateway's behaviour is a library of its own",
    ),
    only(
      'data-api-knows-no-chat',
      '^src/emulators/data-api/',
      [
        '^src/emulators/api-gateway/(http-body|request-info|sigv4)\\.ts$',
        node,
        ...packages('pg', '@types/pg', 'zod'),
      ],
      "the RDS Data API's behaviour is a library of its own",
    ),
    only(
      'site-is-rendered-alone',
      '^web/site/',
      ['^src/protocol/', '^web/tokens\\.ts$', node, ...packages('marked', 'marked-gfm-heading-id')],
      'served on one machine, and written to files for CloudFront',
    ),
    only(
      'migrations-stand-alone',
      '^migrations/',
      packages('kysely'),
      'bundled, and run by any runner',
    ),
    {
      name: 'routes-and-env-are-light',
      comment: 'lib/ reads them at synth, handlers at cold start',
      severity: 'error',
      from: { path: '^functions/(routes|env)\\.ts$' },
      to: { path: '^node_modules/(?!zod)' },
    },
    only(
      'app-puts-stacks-together',
      '^bin/',
      ['^lib/', '^scripts/(bundle|render-site|web/build)\\.ts$', node, ...packages('aws-cdk-lib')],
      'bin/app.ts reads the context and makes the assets; all else is in lib/',
    ),
    only(
      'infrastructure-runs-no-code-of-the-chat',
      '^lib/',
      [
        '^functions/(routes|env)\\.ts$',
        '^web/site/(headers|pages)\\.ts$',
        node,
        ...packages('aws-cdk-lib', 'constructs', 'cdk-nag', 'zod', 'esbuild', '@cloud-copilot'),
      ],
      'what both need to know is in functions/routes.ts and functions/env.ts',
    ),
    {
      name: 'commands-put-the-local-parts-together',
      comment:
        'src/local/server, postgres and machine know neither each other nor the commands; all know machine',
      severity: 'error',
      from: { path: '^src/local/(server|postgres|machine)/' },
      to: { path: '^src/local/(server|postgres|commands)/', pathNot: '^src/local/$1/' },
    },
    {
      name: 'functions-know-no-local',
      severity: 'error',
      from: { path: '^functions/' },
      to: { path: '^(src/local|src/emulators|lib|bin|scripts)/' },
    },
    {
      name: 'handlers-know-no-aws',
      comment:
        'the files that Lambda calls give a handler its adapters: functions/*.ts, with functions/parts/',
      severity: 'error',
      from: { path: '^functions/(http|websocket|admin)/' },
      to: { path: '^(src/aws|functions/parts)/' },
    },
    {
      name: 'only-lambda-calls-its-files',
      comment: 'they bring the AWS SDK along',
      severity: 'error',
      from: { path: '^(src|functions|scripts)/' },
      to: {
        path: '^functions/(admin|api|connect|disconnect|fan-out|frame|migrate|rotate-jwt-keys|sendmessage)\\.ts$',
      },
    },
    {
      name: 'handlers-do-not-migrate',
      comment: 'they have no right to, and need not carry it',
      severity: 'error',
      from: { path: '^functions/', pathNot: '^functions/(jobs/)?migrate\\.ts$' },
      to: { path: '^migrations/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
    },
  },
}
