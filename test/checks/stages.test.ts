import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { Assembly } from '../../lib/checks/assembly.ts'
import { chatFunctions } from '../../lib/checks/chat-function.ts'
import { applyRules } from '../../lib/checks/rule.ts'
import { rulesFor } from '../../lib/checks/rules/index.ts'
import { functionEntries } from '../../functions/routes.ts'
import { makeTempDir } from '../support/temp-dir.ts'
import { makeAssets, synthesizeSources } from './synthesize-sources.ts'

const named = {
  region: 'eu-central-1',
  domain: {
    name: 'chat.example.org',
    adminName: 'admin.example.org',
    hostedZoneId: 'Z0123456789ABCDEFGHIJ',
    hostedZoneName: 'example.org',
  },
  hasFirewall: true,
}

const restored = {
  database: {
    minCapacity: 0.5,
    maxCapacity: 2,
    hasReader: false,
    backupDays: 7,
    engineVersion: '17.9',
    snapshot: 'arn:aws:rds:eu-central-1:111122223333:cluster-snapshot:before',
  },
}

describe('the stacks', async () => {
  const dir = await makeTempDir()
  const assets = await makeAssets(dir.path)
  afterAll(() => dir[Symbol.asyncDispose]())

  test.for<[what: string, stage: 'dev' | 'prod', settings: object]>([
    ['dev', 'dev', {}],
    ['prod', 'prod', {}],
    ['a stage with names and a firewall of its own', 'prod', named],
    ['a stage that begins with a snapshot', 'dev', restored],
    ['a stage with limits of its own', 'dev', { environment: { FRAMES_PER_MINUTE: 60 } }],
  ])('of %s have no findings', ([, stage, settings], { task }) => {
    const outdir = join(dir.path, task.id)
    const assembly = new Assembly(synthesizeSources(stage, assets, outdir, settings))
    const [isProtected, keepsData] = [stage === 'prod', stage === 'prod']
    expect(
      chatFunctions(assembly)
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(Object.keys(functionEntries).toSorted())
    const releasesGradually = stage === 'prod'
    const findings = applyRules(rulesFor({ isProtected, keepsData, releasesGradually }), assembly)
    const seen = findings.map(
      ({ rule, resource, message }) => `${rule} ${resource?.id}: ${message}`,
    )
    // These are acknowledged beside their construct, which a template does not show.
    const acknowledged = /^iam-foreign-role (ChatSiteDeployment|CustomS3AutoDeleteObjects)/
    expect(seen.filter((it) => !acknowledged.test(it))).toEqual([])
  })
})
