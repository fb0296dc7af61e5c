import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Two cores: files that start servers and decoders would starve one another.
    fileParallelism: false,
    pool: 'forks',
  },
})
