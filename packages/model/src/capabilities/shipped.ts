// The capabilities that ship with Tulle. A new one is one file in this folder and one line in this list.

import type { CapabilityDefinition } from './capability-definition.ts'
import { controlPortCapability } from './control-port.ts'
import { dataProductCapability } from './data-product.ts'
import { dataSetCapability } from './data-set.ts'
import { dataSharingAgreementCapability } from './data-sharing-agreement.ts'
import { domainCapability } from './domain.ts'
import { fileInputPortCapability } from './file-input-port.ts'
import { filesOutputPortCapability } from './files-output-port.ts'
import { icebergInputPortCapability } from './iceberg-input-port.ts'
import { inputPortCapability } from './input-port.ts'
import { kafkaInputPortCapability } from './kafka-input-port.ts'
import { kafkaOutputPortCapability } from './kafka-output-port.ts'
import { meshInputPortCapability } from './mesh-input-port.ts'
import { mysqlInputPortCapability } from './mysql-input-port.ts'
import { outputPortCapability } from './output-port.ts'
import { postgresInputPortCapability } from './postgres-input-port.ts'
import { productInputPortCapability } from './product-input-port.ts'
import { restInputPortCapability } from './rest-input-port.ts'
import { restOutputPortCapability } from './rest-output-port.ts'
import { serviceLevelAssetCapability } from './service-level-asset.ts'
import { serviceLevelIndicatorCapability } from './service-level-indicator.ts'
import { sseInputPortCapability } from './sse-input-port.ts'
import { sqlOutputPortCapability } from './sql-output-port.ts'
import { usageInputPortCapability } from './usage-input-port.ts'
import { streamOutputPortCapability } from './stream-output-port.ts'
import { webhookInputPortCapability } from './webhook-input-port.ts'
import { workflowCapability } from './workflow.ts'

export const SHIPPED_CAPABILITIES: readonly CapabilityDefinition[] = [
  domainCapability,
  dataProductCapability,
  dataSetCapability,
  inputPortCapability,
  fileInputPortCapability,
  productInputPortCapability,
  icebergInputPortCapability,
  postgresInputPortCapability,
  mysqlInputPortCapability,
  restInputPortCapability,
  webhookInputPortCapability,
  kafkaInputPortCapability,
  sseInputPortCapability,
  meshInputPortCapability,
  usageInputPortCapability,
  outputPortCapability,
  sqlOutputPortCapability,
  restOutputPortCapability,
  filesOutputPortCapability,
  streamOutputPortCapability,
  kafkaOutputPortCapability,
  controlPortCapability,
  serviceLevelAssetCapability,
  serviceLevelIndicatorCapability,
  dataSharingAgreementCapability,
  workflowCapability,
]
