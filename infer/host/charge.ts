/** What a model's engine is charged before it loads: formulas that admission shares, so that both say the same (`shared/budget/estimate.ts`). */
export { type ChargedModel, estimateDeviceBytes, estimateHostBytes } from '../../shared/budget/estimate.js'
