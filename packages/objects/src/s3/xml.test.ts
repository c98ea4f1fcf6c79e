import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseXml, textOf } from './xml.ts'

describe('a document of S3', () => {
  it('is read with its declaration, namespaces, entities and empty elements', () => {
    const text = '<?xml version="1.0" encoding="UTF-8"?>\n<R xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Key>a &amp; b &lt;&#228;&#x1F600;&gt;</Key><Empty/><Owner><ID>1</ID></Owner></R>\n'
    const read = parseXml(text)
    expect(textOf(read, 'Key')).toBe('a & b <ä😀>')
    expect(read?.children.map(({ name }) => name)).toEqual(['Key', 'Empty', 'Owner'])
    expect(textOf(read, 'ID')).toBeUndefined()
  })

  it('with two of an element has no one text of it', () => {
    expect(textOf(parseXml('<R><Code>a</Code><Code>b</Code></R>'), 'Code')).toBeUndefined()
  })

  it.each([
    ['', 'nothing'], ['text', 'text alone'], ['<a>', 'an open element'], ['<a></b>', 'another end'], ['<a/><b/>', 'two elements'], ['<a>x</a>y', 'text after it'],
    ['<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', 'a document type'], ['<a>&x;</a>', 'an entity of its own'], ['<a>&</a>', 'a bare ampersand'], ['<a>&#xFFFFFFF;</a>', 'no character'],
    ['<a><!-- x --></a>', 'a comment'], ['<a><![CDATA[x]]></a>', 'a section'], ['<a b=c/>', 'a bare attribute'], ['</a>', 'an end alone'], ['<a></a b="c">', 'attributes at its end'],
    [`${'<a>'.repeat(1000)}${'</a>'.repeat(1000)}`, 'a thousand floors'],
  ])('%j is none: %s', (text) => {
    expect(parseXml(text)).toBeUndefined()
  })

  it('gives back any text that was escaped, and breaks on no input', () => {
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom(...'aZ0 ö😀<>&;"\'#/\n') }), fc.string({ unit: fc.constantFrom('<', '>', '/', 'a', '&', ';', '#', '"', ' ', '=', '!', '-') }), (text, noise) => {
      const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
      expect(textOf(parseXml(`<R><K>${escaped}</K></R>`), 'K')).toBe(text)
      parseXml(noise)
      parseXml(`<a>${noise}</a>`)
    }))
  })
})
