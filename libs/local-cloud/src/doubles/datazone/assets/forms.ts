import type { AssetType, Form } from '../entities.js';
import { invalid } from '../errors.js';
import type { DataZoneState } from '../state.js';
import { contentProblem, parseFormModel } from './smithy.js';
import { customForm, formRevision } from './types.js';

export interface FormInput {
  readonly formName: string;
  readonly typeIdentifier?: string;
  readonly typeRevision?: string;
  readonly content?: string;
}

/**
 * Forms as they are kept, checked against their types: a form of the asset type is what that says, another needs its
 * own type; what a custom type requires must be there and nothing else.
 *
 * @throws ModelledError `ValidationException`
 */
export function checkForms(
  state: DataZoneState,
  domainId: string,
  type: AssetType,
  given: readonly FormInput[],
): Form[] {
  for (const [name, { required }] of Object.entries(type.forms)) {
    if (required === true && !given.some(({ formName }) => formName === name))
      throw invalid(`An asset of type ${type.name} needs the form ${name}`);
  }
  return given.map(({ formName, typeIdentifier, typeRevision, content = '{}' }) => {
    const typeName = typeIdentifier ?? type.forms[formName]?.typeName;
    if (typeName === undefined) throw invalid(`The form ${formName} needs a typeIdentifier`);
    const revision = formRevision(state, domainId, typeName);
    if (revision === undefined) throw invalid(`The form type ${typeName} of ${formName} does not exist`);
    if (typeRevision !== undefined && typeRevision !== revision)
      throw invalid(`The form type ${typeName} has no revision ${typeRevision}`);
    const custom = customForm(state, domainId, typeName);
    const members = custom && parseFormModel(custom.smithy, custom.name);
    const problem = members && contentProblem(members, content);
    if (problem !== undefined) throw invalid(`The form ${formName} does not fit ${typeName}: ${problem}`);
    return { formName, typeName, typeRevision: revision, content };
  });
}
