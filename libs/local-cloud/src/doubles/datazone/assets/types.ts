import type { Call, Operation } from '../../framework/types.js';
import type { AssetType, AssetTypeForm, FormType } from '../entities.js';
import { conflict, invalid, notFound } from '../errors.js';
import { caller, pick, type InDomain, type Plane } from '../plane.js';
import type { DataZoneState } from '../state.js';
import { builtInAssetTypes, builtInFormTypes } from './built-in-types.js';
import { parseFormModel } from './smithy.js';

interface FormTypeInput extends InDomain {
  readonly name: string;
  readonly model: { readonly smithy: string };
  readonly owningProjectIdentifier: string;
}

interface AssetTypeInput extends InDomain {
  readonly name: string;
  readonly formsInput: Readonly<
    Record<
      string,
      { readonly typeIdentifier: string; readonly typeRevision: string; readonly required?: boolean }
    >
  >;
  readonly owningProjectIdentifier: string;
}

/**
 * Custom form and asset types. There are no client tokens: a name that is taken is a conflict, whatever it stands
 * for.
 */
export function typeOperations({ state }: Plane): Record<string, Operation> {
  return {
    CreateFormType: (input: FormTypeInput, call: Call) => {
      const { domainIdentifier: domainId, name, owningProjectIdentifier: projectId } = input;
      // CreateFormType has no ResourceNotFoundException.
      if (state.find('project', domainId, projectId) === undefined)
        throw invalid(`The project ${projectId} does not exist in the domain ${domainId}`);
      if (name.startsWith('amazon.')) throw invalid(`The name ${name} is reserved`);
      parseFormModel(input.model.smithy, name);
      const id = `${domainId}/${name}`;
      if (state.find('form type', domainId, id) !== undefined)
        throw conflict(`A form type named "${name}" exists in the domain ${domainId}`);
      const now = call.now();
      const created: FormType = {
        ...{ id, domainId, name, projectId, revision: '1', createdMs: now, updatedMs: now },
        smithy: input.model.smithy,
        members: pick(input, ['description']),
      };
      state.save('form type', created);
      return { domainId, name, revision: '1', owningProjectId: projectId, ...created.members };
    },
    GetFormType: (input: InDomain & { formTypeIdentifier: string; revision?: string }) => {
      const { domainIdentifier: domainId, formTypeIdentifier: name } = input;
      const builtIn = builtInFormTypes.find(({ typeName }) => typeName === name);
      if (builtIn !== undefined) {
        const structure = `structure ${name.slice(name.lastIndexOf('.') + 1)} {}`;
        return {
          domainId,
          name,
          revision: builtIn.typeRevision,
          model: { smithy: structure },
          status: 'ENABLED',
        };
      }
      const found = customForm(state, domainId, name);
      if (found === undefined || (input.revision ?? '1') !== found.revision)
        throw notFound('form type', name);
      return {
        domainId,
        name,
        revision: found.revision,
        model: { smithy: found.smithy },
        owningProjectId: found.projectId,
        status: 'ENABLED',
        createdAt: new Date(found.createdMs),
        createdBy: caller,
        ...found.members,
      };
    },
    CreateAssetType: (input: AssetTypeInput, call: Call) => {
      const { domainIdentifier: domainId, name, owningProjectIdentifier: projectId } = input;
      if (state.find('project', domainId, projectId) === undefined)
        throw invalid(`The project ${projectId} does not exist in the domain ${domainId}`);
      const forms: Record<string, AssetTypeForm> = {};
      for (const [formName, { typeIdentifier, typeRevision, required }] of Object.entries(input.formsInput)) {
        if (formRevision(state, domainId, typeIdentifier) !== typeRevision)
          throw invalid(`There is no form type ${typeIdentifier} of revision ${typeRevision}`);
        forms[formName] = {
          typeName: typeIdentifier,
          typeRevision,
          ...(required !== undefined && { required }),
        };
      }
      const id = `${domainId}/${name}`;
      if (state.find('asset type', domainId, id) !== undefined)
        throw conflict(`An asset type named "${name}" exists in the domain ${domainId}`);
      const now = call.now();
      const created: AssetType = {
        ...{ id, domainId, name, projectId, revision: '1', forms, createdMs: now, updatedMs: now },
        members: pick(input, ['description']),
      };
      state.save('asset type', created);
      return describedType(created);
    },
    GetAssetType: (input: InDomain & { identifier: string; revision?: string }) => {
      const found = assetType(state, input.domainIdentifier, input.identifier);
      if (found === undefined || (input.revision ?? found.revision) !== found.revision)
        throw notFound('asset type', input.identifier);
      return describedType(found);
    },
  };
}

const describedType = (type: AssetType) => ({
  domainId: type.domainId,
  name: type.name,
  revision: type.revision,
  formsOutput: type.forms,
  owningProjectId: type.projectId,
  createdAt: new Date(type.createdMs),
  createdBy: caller,
  updatedAt: new Date(type.updatedMs),
  ...type.members,
});

export const customForm = (state: DataZoneState, domainId: string, name: string): FormType | undefined =>
  state.find('form type', domainId, `${domainId}/${name}`);

/** The revision of a form type; undefined where there is none of that name. */
export const formRevision = (state: DataZoneState, domainId: string, name: string): string | undefined =>
  builtInFormTypes.find(({ typeName }) => typeName === name)?.typeRevision ??
  customForm(state, domainId, name)?.revision;

/** An asset type, of the domain or built in. */
export function assetType(state: DataZoneState, domainId: string, name: string): AssetType | undefined {
  const builtIn = builtInAssetTypes.find((type) => type.name === name);
  if (builtIn === undefined) return state.find('asset type', domainId, `${domainId}/${name}`);
  const forms = builtIn.forms.map(({ formName, typeName, typeRevision, required }) => [
    formName,
    { typeName, typeRevision, required },
  ]);
  return {
    ...{
      id: name,
      domainId,
      name,
      revision: builtIn.revision,
      projectId: 'amazon',
      createdMs: 0,
      updatedMs: 0,
    },
    forms: Object.fromEntries(forms) as Record<string, AssetTypeForm>,
    members: {},
  };
}
