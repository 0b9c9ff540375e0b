package io.winnow.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The project's own fixtures, {@code src/test/resources/golden}, through the same handlers: they
 * keep networks and input pipelines alive where the peers' fixtures are not there. How they were
 * made stands in the README beside them.
 */
class OwnFixturesTest {
  @TestFactory
  Stream<DynamicTest> fixtures() throws Exception {
    Path root = Path.of(OwnFixturesTest.class.getResource("/golden/README.md").toURI()).getParent();
    List<Path> folders;
    try (Stream<Path> all = Files.list(root)) {
      folders = all.filter(f -> Files.exists(f.resolve("fixture.json"))).sorted().toList();
    }
    assertThat(folders).hasSizeGreaterThan(30);
    return folders.stream()
        .map(f -> dynamicTest(f.getFileName().toString(), () -> GoldenTest.check(f)));
  }
}
