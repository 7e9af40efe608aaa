import { asyncApiDocument, health, openApiDocument } from '../server.ts'
import { defineOperation } from './operation.ts'

export const readHealth = defineOperation({
  method: 'GET',
  path: '/api/health/',
  tag: 'Server',
  rule: 'C1',
  summary: 'Read whether the server and its database answer',
  isOpen: true,
  neverFails: true,
  responses: {
    200: { description: 'Both answer', schema: health },
    503: { description: 'The database does not answer', schema: health },
  },
})

export const readOpenApi = defineOperation({
  method: 'GET',
  path: '/api/openapi.json',
  tag: 'Server',
  rule: 'C8',
  summary: 'Read this document',
  isOpen: true,
  neverFails: true,
  responses: { 200: { description: 'An OpenAPI 3.1 document', schema: openApiDocument } },
})

export const readAsyncApi = defineOperation({
  method: 'GET',
  path: '/api/asyncapi.json',
  tag: 'Server',
  rule: 'C8',
  summary: 'Read the document of the WebSocket',
  isOpen: true,
  neverFails: true,
  responses: { 200: { description: 'An AsyncAPI 3.0 document', schema: asyncApiDocument } },
})
