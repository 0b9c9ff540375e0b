package io.winnow.files;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContentHashTest {
  private static final int LARGE = 10;

  /** By which every file of this test has been quiet for long. */
  private static final Clock LATER =
      Clock.fixed(Instant.parse("2500-01-01T00:00:00Z"), ZoneOffset.UTC);

  @TempDir Path folder;

  private ContentHash hashes(Clock clock) {
    return ContentHash.in(folder, LARGE, clock);
  }

  private Path file(String name, String text) {
    Path file = folder.resolve(name);
    AtomicFile.writeString(file, text);
    return file;
  }

  private Path memory() {
    return folder.resolve(".hashes.json");
  }

  /** Puts a hash into the memory that the content does not have: whoever reads shows itself. */
  private void remember(Path file, FileState state, String hash) {
    Json.write(
        memory(), Map.of("files", Map.of(file.toString(), new ContentHash.Known(state, hash))));
  }

  @Test
  void hash_ofAFolder_isOverNamesAndContents_withoutHiddenFiles() {
    file("f/b.txt", "two");
    file("f/a/c.txt", "one");
    String expected =
        Sha256.of("a/c.txt\n" + Sha256.of("one") + "\n" + "b.txt\n" + Sha256.of("two") + "\n");
    assertThat(ContentHash.of(folder.resolve("f"))).isEqualTo(expected);
    file("f/.hidden", "x");
    assertThat(ContentHash.of(folder.resolve("f"))).isEqualTo(expected);
    assertThat(ContentHash.of(folder.resolve("f/b.txt"))).isEqualTo(Sha256.of("two"));
    assertThat(ContentHash.of(folder.resolve("none"))).isEqualTo("absent");
  }

  @Test
  void largeFile_isReadOnce_andThenKnownBySizeTimesAndKey() throws IOException {
    Path large = file("large.bin", "0123456789");
    assertThat(hashes(LATER).hash(large)).isEqualTo(Sha256.of("0123456789"));
    FileState state = FileState.of(large);
    assertThat(Json.read(memory(), ContentHash.Memory.class).files())
        .containsOnly(
            Map.entry(large.toString(), new ContentHash.Known(state, Sha256.of("0123456789"))));
    remember(large, state, "remembered");
    assertThat(hashes(LATER).hash(large)).isEqualTo("remembered");
    for (FileState other :
        new FileState[] {
          new FileState(state.size() + 1, state.modified(), state.changed(), state.key()),
          new FileState(state.size(), "2020-01-01T00:00:00Z", state.changed(), state.key()),
          new FileState(state.size(), state.modified(), "2020-01-01T00:00:00Z", state.key()),
          new FileState(state.size(), state.modified(), state.changed(), "another file")
        }) {
      remember(large, other, "remembered");
      assertThat(hashes(LATER).hash(large)).isEqualTo(Sha256.of("0123456789"));
    }
  }

  @Test
  void smallFile_isReadEveryTime_andNotRemembered() throws IOException {
    Path small = file("small.bin", "012345678");
    remember(small, FileState.of(small), "remembered");
    assertThat(hashes(LATER).hash(small)).isEqualTo(Sha256.of("012345678"));
  }

  @Test
  void largeFile_replacedWithItsSizeAndTimeKept_isReadAgain() throws Exception {
    FingerprintTest.needsChangeTimes(folder);
    Path large = file("large.bin", "0123456789");
    assertThat(hashes(LATER).hash(large)).isEqualTo(Sha256.of("0123456789"));
    FingerprintTest.replaceUnseen(large, "9876543210".getBytes(UTF_8));
    assertThat(hashes(LATER).hash(large)).isEqualTo(Sha256.of("9876543210"));
  }

  /** Within the grain of a file system's clock a second write may leave the same time. */
  @Test
  void largeFile_justWritten_isNotYetRemembered() {
    Path large = file("large.bin", "0123456789");
    assertThat(hashes(Clock.systemUTC()).hash(large)).isEqualTo(Sha256.of("0123456789"));
    assertThat(memory()).doesNotExist();
  }

  @Test
  void memory_deletedOrDamaged_costsAReading() throws IOException {
    Path large = file("large.bin", "0123456789");
    hashes(LATER).hash(large);
    for (String damage : new String[] {"", "{", "[]", "{\"files\": null}", "{\"x\": 1}"}) {
      Files.writeString(memory(), damage);
      assertThat(hashes(LATER).hash(large)).as(damage).isEqualTo(Sha256.of("0123456789"));
    }
    Files.delete(memory());
    assertThat(hashes(LATER).hash(large)).isEqualTo(Sha256.of("0123456789"));
    assertThat(memory()).exists();
  }
}
