import { type App, Tags } from 'aws-cdk-lib'
import { AppStack } from './app-stack.ts'
import type { Assets } from './assets.ts'
import { DataStack } from './data-stack.ts'
import { CdnAlarmsStack } from './cdn-alarms-stack.ts'
import { CertificateStack, FirewallStack } from './edge-stacks.ts'
import type { StageSettings } from './stage.ts'

/** Makes the stacks of a stage, one per life span: what has to survive a mistake, and what can be made again. */
export function createStacks(app: App, stage: StageSettings, assets: Assets) {
  const name = (part: string) => `QuickConnect-${stage.name}-${part}`
  const env = { region: stage.region }
  // A stage without a Region cannot have a domain, a firewall or alarms about CloudFront.
  const edge = stage.region === undefined ? undefined : createEdgeStacks(app, stage, name)
  const data = new DataStack(app, name('Data'), { stage, assets, env })
  const application = new AppStack(app, name('App'), {
    stage,
    assets,
    data,
    edge: { certificate: edge?.certificate.certificate, webAclArn: edge?.firewall.webAclArn },
    env,
  })
  // AWS does not delete a certificate or firewall that a distribution uses. So a stack that has become empty is updated
  // after the app stack, which stops using its resources.
  if (edge && !stage.domain) edge.certificate.addStackDependency(application)
  if (edge && !stage.hasFirewall) edge.firewall.addStackDependency(application)
  const cdnAlarms =
    stage.region === undefined
      ? undefined
      : new CdnAlarmsStack(app, name('CdnAlarms'), {
          stage,
          distributions: application.distributions,
          env: { region: 'us-east-1' },
        })
  // When a distribution is removed, its alarms are removed first.
  cdnAlarms?.addStackDependency(application)
  Tags.of(app).add('quick-connect:stage', stage.name)
  return { data, application, edge, cdnAlarms }
}

function createEdgeStacks(app: App, stage: StageSettings, name: (part: string) => string) {
  const props = { stage, env: { region: 'us-east-1' } }
  return {
    certificate: new CertificateStack(app, name('Certificate'), props),
    firewall: new FirewallStack(app, name('Firewall'), props),
  }
}
