import { Type } from '@sinclair/typebox';

/** What is wrong with one field, as answers describe it. */
export const FieldProblemSchema = Type.Object({
  field: Type.String({ description: 'Which field or header; empty where the whole is meant.' }),
  reason: Type.String({ description: 'What is wrong with it, and what is allowed.' }),
});

/** The body of every answer from 400 on: RFC 9457, with what is wrong in which field. */
export const ProblemSchema = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    correlationId: Type.Optional(Type.String()),
    errors: Type.Optional(Type.Array(FieldProblemSchema)),
  },
  { title: 'Problem' },
);
