/** Imports go one way: shared ← config ← stages ← bin. See AGENTS.md. */
const stages = ['ingest', 'infer', 'publish']

/** @param {string} name @param {string} comment @param {string} from @param {string} to @param {string} [except] */
const forbid = (name, comment, from, to, except) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from, ...(except && { pathNot: except }) },
  to: { path: to },
})

module.exports = {
  forbidden: [
    forbid(
      'shared-is-the-bottom',
      'shared imports nothing of ours',
      '^shared/',
      '^(config|ingest|infer|publish|bin|test)/',
    ),
    forbid(
      'config-above-shared',
      'config imports shared only',
      '^config/',
      '^(ingest|infer|publish|bin|test)/',
    ),
    ...stages.map(stage =>
      forbid(
        `${stage}-is-alone`,
        'stages never import one another',
        `^${stage}/`,
        `^(${stages.filter(other => other !== stage).join('|')}|bin|test)/`,
      ),
    ),
    forbid('bin-is-no-test', 'the product imports no test', '^bin/', '^test/'),
    forbid(
      'config-in-main-only',
      'only main.ts loads the settings',
      '^(ingest|infer|publish)/',
      '^config/load',
      '/main\\.ts$',
    ),
    forbid(
      'redis-in-one-place',
      'only shared/redis knows ioredis and bullmq',
      '^(?!shared/redis/)',
      'node_modules/(ioredis|bullmq)/',
    ),
    forbid(
      'koffi-in-two-places',
      'only shared/native and infer/engine know koffi',
      '^(?!shared/native/|infer/engine/)',
      'node_modules/koffi/',
    ),
    forbid(
      'onnxruntime-in-one-place',
      'only infer/engine runs models',
      '^(?!infer/engine/)',
      'node_modules/onnxruntime-',
    ),
    forbid(
      'ffmpeg-in-one-place',
      'only ingest/decoder touches FFmpeg',
      '^(?!ingest/decoder/)',
      'node_modules/(fluent-ffmpeg|@ffmpeg-installer|node-av)/',
    ),
    {
      name: 'no-cycles',
      comment: 'a cycle has no order to read it in',
      severity: 'error',
      from: {},
      to: {
        circular: true,
        dependencyTypesNot: ['type-only'],
        viaOnly: { dependencyTypesNot: ['type-only'] },
      },
    },
    {
      name: 'no-orphans',
      comment: 'a module that nobody imports is dead',
      severity: 'error',
      from: {
        orphan: true,
        path: '^(shared|config|ingest|infer|publish|bin)/',
        pathNot: '(vite\\.config|\\.d)\\.ts$',
      },
      to: {},
    },
    {
      name: 'declared',
      comment: 'what is imported is in package.json',
      severity: 'error',
      from: { pathNot: '^publish/web/' },
      to: { dependencyTypes: ['npm-no-pkg', 'unknown'] },
    },
    {
      name: 'no-dev-in-product',
      comment: 'development packages are for tests and the dashboard’s build',
      severity: 'error',
      from: { path: '^(shared|config|ingest|infer|publish|bin)/', pathNot: '^publish/web/' },
      to: { dependencyTypes: ['npm-dev'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
      extensions: ['.ts', '.tsx', '.js'],
    },
  },
}
