import { type App, Tags } from 'aws-cdk-lib'
import { AppStack } from './app-stack.ts'
import type { Assets } from './assets.ts'
import { DataStack } from './data-stack.ts'
import { CdnAlarmsStack } from './cdn-alarms-stack.ts'
import { CertificateStack, FirewallStack } from './edge-stacks.ts'
import type { StageSettings } from './stage.ts'

/** The stacks of a stage, by life span: what has to outlive a mistake, and what can be made again. */
export function createStacks(app: App, stage: StageSettings, assets: Assets) {
  const name = (part: string) => `QuickConnect-${stage.name}-${part}`
  const env = { region: stage.region }
  // A stage without a region cannot have a domain, a firewall or alarms of CloudFront.
  const edge = stage.region === undefined ? undefined : createEdgeStacks(app, stage, name)
  const data = new DataStack(app, name('Data'), { stage, assets, env })
  const application = new AppStack(app, name('App'), {
    stage,
    assets,
    data,
    edge: { certificate: edge?.certificate.certificate, webAclArn: edge?.firewall.webAclArn },
    env,
  })
  // A stack that has become empty goes after the app stack has let go of what was in it: AWS deletes no
  // certificate or firewall that a distribution uses.
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
  // A distribution that goes takes its alarms along first.
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
