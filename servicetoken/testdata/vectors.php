<?php
// Writes serialize.json and tokens.json with PHP's own serialize, ksort and hash_hmac, so that the Go code is checked against the
// language whose format it speaks. Run it in this folder: php vectors.php

const KEY = 'AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCdEhash-salt';

function sorted($value) {
  if (!is_array($value)) {
    return $value;
  }
  $integers = count($value) === count(array_filter(array_keys($value), 'is_int'));
  ksort($value, $integers ? SORT_NUMERIC : SORT_STRING);
  return array_map('sorted', $value);
}

function vector(string $json): array {
  return ['json' => $json, 'serialized' => serialize(sorted(json_decode($json, true, 64, JSON_THROW_ON_ERROR)))];
}

function token(string $id, int $expires, array $properties): array {
  ksort($properties, SORT_STRING);
  $base64url = fn($s) => rtrim(strtr(base64_encode($s), '+/', '-_'), '=');
  $head = $id === (string) (int) $id && (int) $id >= 0 ? dechex((int) $id) : 'u' . $base64url($id);
  $mac = hash_hmac('sha256', $id . serialize($properties) . $expires, KEY, true);
  return ['id' => $id, 'expires' => $expires, 'properties' => $properties, 'token' => $head . '.' . dechex($expires) . '.' . $base64url($mac)];
}

function defaults(string $name, string $realm, $status = '1'): array {
  return ['name' => $name, 'pass' => '$S$D' . str_repeat('A', 51), 'realm' => $realm, 'status' => $status];
}

$origin = 'Written by vectors.php with PHP ' . PHP_MAJOR_VERSION . '.' . PHP_MINOR_VERSION . '.';
$flags = JSON_PRETTY_PRINT | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES;

file_put_contents('serialize.json', json_encode(['origin' => $origin, 'vectors' => array_map('vector', [
  '{}',
  '{"name":"my_username","status":"1"}',
  '{"b":1,"a":2,"B":3,"":4,"aa":5,"a b":6,"ä":7}',
  '{"true":true,"false":false,"null":null}',
  '{"zero":0,"minus":-1,"max":9223372036854775807,"min":-9223372036854775808}',
  '{"quote":"a\"b","semicolon":"x\";s:1:\"y","utf8":"zoé €","nul":"a\u0000b","newline":"\r\n","empty":""}',
  '{"roles":["editor","admin"],"none":[],"nested":{"z":{"y":{"x":"deep"}},"a":null}}',
  '{"10":"ten","9":"nine","-1":"minus","0":"zero"}',
  '{"9223372036854775807":1,"-9223372036854775808":2}',
  '{"01":1,"-0":2,"+1":3,"1.5":4,"9223372036854775808":5,"-9223372036854775809":6," 1":7,"1 ":8,"0x1":9}',
  '{"roles":{"2":"authenticated user","30":"editor","4":"reviewer"}}',
])], $flags) . "\n");

file_put_contents('tokens.json', json_encode(['origin' => $origin, 'key' => KEY, 'vectors' => [
  token('1', 1449517187, defaults('my_username', 'Example API')),
  token('4711', 1778384896, defaults('zoé', 'Q"uote & Co')),
  token('1', 1449517187, defaults('my_username', 'Example API', 1)),
  token('0', 1, defaults('zero', 'Example API')),
  token('9223372036854775807', 253402300799, defaults('greatest', 'Example API')),
  token('01', 1449517187, defaults('leading zero', 'Example API')),
  token('-1', 1449517187, defaults('sign', 'Example API')),
  token('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 1449517187, defaults('uuid', 'Example API')),
  token('u1', 1449517187, defaults('mark', 'Example API')),
  token('zoé', 1449517187, defaults('utf8', 'Example API')),
  token('1', 1449517187, defaults('my_username', 'Example API') + ['roles' => ['editor', 'reviewer'], 'version' => 7]),
]], $flags) . "\n");
