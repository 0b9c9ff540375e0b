package io.winnow.golden;

/** Reproduces one fixture and compares at the fixture's own tolerance. */
@FunctionalInterface
interface Handler {
  void check(Fixture fixture) throws Exception;
}
