/** `/api/v1/models` and `/api/v1/jobs`. What takes longer than a request is answered 202 with a job. */

import type { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { JobView } from '../../../shared/api/views.js'
import { RingsideError } from '../../../shared/errors.js'
import type { ModelJobRequest } from '../../../shared/model/model-job.js'
import type { RedisConnection } from '../../../shared/redis/connection.js'
import type { ModelQueue } from '../../../shared/redis/model-queue.js'
import { withinDeadline } from '../../redis-deadline.js'
import { SLOW_BODY } from '../body-deadline.js'
import type { ModelCommands } from '../model-commands.js'
import { answers } from '../schema/common.js'
import {
  baseParams,
  catalogueList,
  jobBodies,
  jobList,
  jobParams,
  jobView,
  modelList,
  modelParams,
  modelView,
  pullBody,
  uploadQuery,
} from '../schema/models.js'
import { modelProfiles } from '../schema/profile.js'
import { digestOfHeader, receiveUpload } from '../upload.js'

export interface ModelRouteParts {
  models: ModelCommands
  jobs: ModelQueue
  connection: RedisConnection
  dataDir: string
  allowUploads: boolean
}

/** What is used of a reply, whatever its schema. */
interface Accepting {
  code(status: 202): unknown
  header(name: string, value: string): unknown
}

const tags = ['models']
const kinds = Object.keys(jobBodies) as (keyof typeof jobBodies)[]
const summaries: Record<keyof typeof jobBodies, string> = {
  inspect: 'Look into a model file: a job',
  prepare: 'Prepare a model for the engine: a job',
  check: 'Measure accuracy on labelled pictures: a job',
  compare: 'Compare the precisions of a model: a job',
  quantize: 'Calibrate a model for int8: a job',
  profile: 'Measure what a model takes of the device: a job',
}

export function modelRoutes(parts: ModelRouteParts): FastifyPluginAsyncTypebox {
  return async app => {
    await app.register(lookingRoutes(parts))
    await app.register(changingRoutes(parts))
    await app.register(uploadRoute(parts))
    await app.register(jobRoutes(parts))
  }
}

function lookingRoutes({ models, connection }: ModelRouteParts): FastifyPluginAsyncTypebox {
  return async app => {
    app.get(
      '/api/v1/models',
      { schema: { tags, summary: 'The models that streams may name', response: answers(200, modelList) } },
      async () => ({ models: await withinDeadline(connection, () => models.list()) }),
    )
    app.get(
      '/api/v1/models/catalogue',
      { schema: { tags, summary: 'The models that can be pulled', response: answers(200, catalogueList) } },
      async () => ({ models: await withinDeadline(connection, () => models.catalogue()) }),
    )
    app.get(
      '/api/v1/models/:name',
      { schema: { tags, summary: 'One model', params: modelParams, response: answers(200, modelView) } },
      request => withinDeadline(connection, () => models.find(request.params.name)),
    )
    app.get(
      '/api/v1/models/:name/profile',
      {
        schema: {
          tags,
          summary: 'What a model was measured to take of each device',
          description: 'Empty where it never was; POST measures it.',
          params: modelParams,
          response: answers(200, modelProfiles),
        },
      },
      async request => ({
        profiles: await withinDeadline(connection, () => models.profiles(request.params.name)),
      }),
    )
  }
}

function changingRoutes({ models, connection }: ModelRouteParts): FastifyPluginAsyncTypebox {
  const begun = async (reply: Accepting, work: () => Promise<JobView>): Promise<JobView> =>
    accepted(reply, await withinDeadline(connection, work))
  return async app => {
    app.post(
      '/api/v1/models/pull',
      {
        schema: {
          tags,
          summary: 'Pull a model of the catalogue: a job',
          body: pullBody,
          response: answers(202, jobView),
        },
      },
      (request, reply) => begun(reply, () => models.pull(request.body.name)),
    )
    app.delete(
      '/api/v1/models/:name',
      {
        schema: {
          tags,
          summary: 'Remove a model from the registry: a job',
          params: baseParams,
          response: answers(202, jobView),
        },
      },
      (request, reply) => begun(reply, () => models.remove(request.params.name)),
    )
    for (const kind of kinds) {
      app.post(
        `/api/v1/models/:name/${kind}`,
        {
          schema: {
            tags,
            summary: summaries[kind],
            params: modelParams,
            body: jobBodies[kind],
            response: answers(202, jobView),
          },
          // A job that takes no options may be asked for without a body.
          preValidation: async request => {
            request.body ??= {}
          },
        },
        (request, reply) => {
          const options = request.body as ModelJobRequest['options']
          return begun(reply, () => models.start(kind, request.params.name, options))
        },
      )
    }
  }
}

/** In a scope of its own: only here a body may be bytes, and take its time. */
function uploadRoute({
  models,
  connection,
  dataDir,
  allowUploads,
}: ModelRouteParts): FastifyPluginAsyncTypebox {
  return async app => {
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('application/octet-stream', async (_: unknown, payload: unknown) => payload)
    app.put(
      '/api/v1/models/:name',
      {
        config: SLOW_BODY,
        schema: {
          tags,
          summary: 'Upload a model file into the registry: a job',
          description:
            'The body is the .onnx file, application/octet-stream, at most 1 GiB. Repr-Digest is checked.',
          params: baseParams,
          querystring: uploadQuery,
          response: answers(202, jobView),
        },
        // Before the body is read: what is refused is not received.
        preParsing: async () => {
          if (!allowUploads) throw uploadsDisabled()
          await withinDeadline(connection, () => models.checkInfer())
        },
      },
      async (request, reply) => {
        const { sha256: named, licence } = request.query
        const wanted = named ?? digestOfHeader(request.headers['repr-digest'])
        const { file, sha256 } = await receiveUpload(request.body as Readable, dataDir, wanted)
        const options = { file, sha256, ...(licence !== undefined && { licence }) }
        const job = await withinDeadline(connection, () => models.add(request.params.name, options))
        return accepted(reply, job)
      },
    )
  }
}

function jobRoutes({ jobs, connection }: ModelRouteParts): FastifyPluginAsyncTypebox {
  return async app => {
    app.get(
      '/api/v1/jobs',
      { schema: { tags, summary: 'The jobs on models, newest first', response: answers(200, jobList) } },
      async () => ({ jobs: await withinDeadline(connection, () => jobs.list()) }),
    )
    app.get(
      '/api/v1/jobs/:id',
      { schema: { tags, summary: 'One job', params: jobParams, response: answers(200, jobView) } },
      request => withinDeadline(connection, () => jobs.find(request.params.id)),
    )
    app.delete(
      '/api/v1/jobs/:id',
      { schema: { tags, summary: 'Cancel a job', params: jobParams, response: answers(200, jobView) } },
      request => withinDeadline(connection, () => jobs.cancel(request.params.id)),
    )
  }
}

function accepted(reply: Accepting, job: JobView): JobView {
  reply.code(202)
  reply.header('location', `/api/v1/jobs/${job.id}`)
  return job
}

function uploadsDisabled(): RingsideError {
  return new RingsideError('uploads_disabled', 'This Ringside takes no model files over REST.', {
    key: 'model.allowUploads',
    value: 'false',
    remedy: 'Set it (RINGSIDE_MODEL_ALLOW_UPLOADS=true), or use `ringside model add FILE` on the host.',
  })
}
