import { isIPv4 } from 'node:net'
import type { Resource } from '../assembly.ts'
import { referenceTo } from '../resolve.ts'
import type { Rule } from '../rule.ts'

export const networkRules: readonly Rule[] = [
  {
    id: 'network-cidr',
    refuses: 'a block of addresses that is none, or too large or small for a VPC',
    of: ['AWS::EC2::VPC', 'AWS::EC2::Subnet'],
    *check(resource) {
      const text = resource.text('CidrBlock') ?? 'none'
      const block = parseBlock(text)
      if (block === undefined) {
        yield `CidrBlock is ${text}: give a network of /16 to /28, such as 10.0.0.0/16`
      }
    },
  },
  {
    id: 'network-subnets',
    refuses: 'a subnet outside of its VPC, or over another one',
    of: 'AWS::EC2::Subnet',
    *check(subnet) {
      const own = blockOf(subnet)
      const [vpc] = subnet.stack.assembly
        .ofType('AWS::EC2::VPC')
        .filter((it) => subnet.text('VpcId') === referenceTo(it))
      const whole = vpc === undefined ? undefined : blockOf(vpc)
      if (own === undefined || whole === undefined) return // said by network-cidr
      if (own.first < whole.first || own.last > whole.last) {
        yield `${subnet.text('CidrBlock')} is not in ${vpc!.text('CidrBlock')}: take a part of it`
      }
      for (const other of subnet.stack.assembly.ofType('AWS::EC2::Subnet')) {
        const block = other === subnet ? undefined : blockOf(other)
        if (block !== undefined && own.first <= block.last && block.first <= own.last) {
          yield `${subnet.text('CidrBlock')} overlaps with ${other.id}: take another part of the VPC`
        }
      }
    },
  },
  {
    id: 'network-way-out',
    refuses:
      "a way out of the database's network, which nothing takes and which costs more than an idle chat",
    of: [
      'AWS::EC2::NatGateway',
      'AWS::EC2::EIP',
      'AWS::EC2::InternetGateway',
      'AWS::EC2::EgressOnlyInternetGateway',
      'AWS::EC2::VPCGatewayAttachment',
    ],
    *check(resource) {
      yield `there is an ${resource.type}: nothing in the VPC needs a way out, take isolated subnets`
    },
  },
  {
    id: 'network-open',
    refuses: 'a security group that lets the internet in',
    of: ['AWS::EC2::SecurityGroup', 'AWS::EC2::SecurityGroupIngress'],
    *check(group) {
      const ingress =
        group.type === 'AWS::EC2::SecurityGroupIngress'
          ? [group]
          : group.each('SecurityGroupIngress')
      if (
        ingress.some((it) => it.text('CidrIp') === '0.0.0.0/0' || it.text('CidrIpv6') === '::/0')
      ) {
        yield 'everybody may connect: the Data API needs no rule, leave it out'
      }
    },
  },
]

interface Block {
  readonly first: number
  readonly last: number
}

function blockOf(resource: Resource): Block | undefined {
  return parseBlock(resource.text('CidrBlock') ?? '')
}

function parseBlock(text: string): Block | undefined {
  const [, address = '', digits = ''] = /^([\d.]+)\/(\d{1,2})$/.exec(text) ?? []
  const prefix = Number(digits)
  if (!isIPv4(address) || prefix < 16 || prefix > 28) return undefined
  const first = address.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0)
  const size = 2 ** (32 - prefix)
  // EC2 would take the network of it, and the template would say something else.
  return first % size === 0 ? { first, last: first + size - 1 } : undefined
}
