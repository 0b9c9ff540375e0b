package io.winnow.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PromptsTest {
  private static final List<String> IDS =
      List.of("cat/a.png", "cat/b.png", "dog/a.png", "dog/b.png");
  private static final int[] LABELS = {0, 0, 1, 1};
  private static final String PROMPT = "a photo of a {class}";

  @TempDir Path folder;

  private Prompts read(PromptsConfig config) {
    return Prompts.of(
        config, Samples.folder(folder.resolve("data"), ""), List.of("cat", "dog"), IDS, LABELS);
  }

  private void write(String file, String text) throws IOException {
    Samples.write(folder.resolve(file), text.getBytes(StandardCharsets.UTF_8));
  }

  private Prompts captioned(String captions, double maxMissing) {
    return read(new PromptsConfig(PROMPT, null, captions, maxMissing));
  }

  @Test
  void withoutCaptions_everyImageIsToldItsClass_withSpacesForUnderscores() {
    Prompts prompts =
        Prompts.of(
            PromptsConfig.DEFAULT,
            Samples.folder(folder, ""),
            List.of("cat", "guide_dog"),
            IDS,
            LABELS);
    assertThat(prompts.byClass()).containsExactly("a photo of a cat", "a photo of a guide dog");
    assertThat(prompts.byImage())
        .containsExactly(
            "a photo of a cat",
            "a photo of a cat",
            "a photo of a guide dog",
            "a photo of a guide dog");
    assertThat(prompts.missing()).isZero();
  }

  @Test
  void namesFile_givesTheFirstName_ofEveryClass() throws IOException {
    write("names.txt", "# WordNet\ndog\tdomestic dog, Canis familiaris\n\ncat tabby\nowl owl\n");
    Prompts prompts =
        read(new PromptsConfig("{class}", folder.resolve("names.txt").toString(), null, 0));
    assertThat(prompts.byClass()).containsExactly("tabby", "domestic dog");
  }

  @Test
  void namesFile_withoutAClass_orTwice_orWithoutAName_isRefused() throws IOException {
    String file = folder.resolve("names.txt").toString();
    PromptsConfig config = new PromptsConfig(PROMPT, file, null, 0);
    write("names.txt", "cat tabby\n");
    assertThatThrownBy(() -> read(config))
        .hasMessageStartingWith("prompts.names: " + file + " has no name for 1 of 2 classes (dog)")
        .hasMessageContaining("such as \"dog its name\"");
    write("names.txt", "cat tabby\ndog\n");
    assertThatThrownBy(() -> read(config)).hasMessageStartingWith(file + ":2: \"dog\"; expected");
    write("names.txt", "cat tabby\ncat manx\n");
    assertThatThrownBy(() -> read(config)).hasMessageStartingWith(file + ":2: \"cat manx\"");
  }

  @Test
  void filesBesideTheImages_areTheirCaptions_andOneThatIsMissingIsCounted() throws IOException {
    write("data/cat/a.txt", " a tabby\n");
    write("data/cat/b.txt", "\n");
    write("data/dog/a.txt", "\uFEFFa setter");
    write("data/dog/b.txt", "a hound");
    Prompts prompts = captioned("txt", 0.25);
    assertThat(prompts.byImage())
        .containsExactly("a tabby", "a photo of a cat", "a setter", "a hound");
    assertThat(prompts.missing()).isEqualTo(1);
  }

  @Test
  void tooManyMissing_areRefused_withCountShareAndNames() throws IOException {
    write("data/cat/a.txt", "a tabby");
    assertThatThrownBy(() -> captioned("txt", 0.5))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "prompts.captions: 3 of 4 images have no caption in txt (cat/b.png, dog/a.png,"
                + " dog/b.png), at most 50.00 % may lack one. Add the captions, or raise"
                + " prompts.maxMissing: the rest is told its class.");
  }

  @ParameterizedTest
  @ValueSource(strings = {"folder", "zip", "tar", "outside"})
  void metadata_isReadFromFolderAndArchive_andFromOutside(String place) throws IOException {
    String lines =
        """
        {"file_name": "cat/a.png", "text": "a \\"tabby\\", asleep"}

        {"file_name": "cat/b.png", "text": "a manx"}
        {"file_name": "dog/a.png", "text": "a setter"}
        {"file_name": "owl/a.png", "text": "an owl"}
        {"file_name": "dog/b.png", "text": "a hound"}
        """;
    String source = "metadata.jsonl";
    Samples.twoClasses(folder.resolve("data"));
    if (place.equals("zip") || place.equals("tar")) {
      Map<String, byte[]> files = new LinkedHashMap<>();
      files.put(source, lines.getBytes(StandardCharsets.UTF_8));
      Files.move(folder.resolve("data"), folder.resolve("unpacked"));
      byte[] archive = place.equals("zip") ? DatasetsTest.zip(files) : DatasetsTest.tar(files);
      Files.write(folder.resolve("data"), archive);
    } else if (place.equals("folder")) {
      write("data/" + source, lines);
      source = folder.resolve("data/" + source).toString();
    } else {
      write("captions.jsonl", lines);
      source = folder.resolve("captions.jsonl").toString();
    }
    Prompts prompts = captioned(source, 0);
    assertThat(prompts.byImage())
        .containsExactly("a \"tabby\", asleep", "a manx", "a setter", "a hound");
    assertThat(prompts.missing()).isZero();
  }

  @Test
  void csv_hasQuotes_andItsOwnFolderAsBase() throws IOException {
    write(
        "data/cat/metadata.csv",
        "text,size,file_name\r\n\"a tabby, \"\"asleep\"\"\",8,a.png\r\n\"two\nlines\",8,b.png\r\n");
    Prompts prompts = captioned("cat/metadata.csv", 0.5);
    assertThat(prompts.byImage())
        .containsExactly(
            "a tabby, \"asleep\"", "two\nlines", "a photo of a dog", "a photo of a dog");
  }

  @Test
  void brokenFiles_areRefused_withTheirLine() throws IOException {
    write("data/m.jsonl", "{\"file_name\": \"cat/a.png\", \"text\": \"x\"}\nnonsense\n");
    assertThatThrownBy(() -> captioned("m.jsonl", 1)).hasMessageStartingWith("m.jsonl:2: not JSON");
    write("data/m.jsonl", "{\"text\": \"x\"}\n");
    assertThatThrownBy(() -> captioned("m.jsonl", 1))
        .hasMessageStartingWith("m.jsonl:1: no file_name");
    write("data/m.csv", "name,text\n");
    assertThatThrownBy(() -> captioned("m.csv", 1))
        .hasMessage("m.csv: the first line is [name, text]; expected columns file_name and text.");
    write("data/m.csv", "file_name,text\ncat/a.png,\"two\nlines\"\ncat/b.png\n");
    assertThatThrownBy(() -> captioned("m.csv", 1)).hasMessageStartingWith("m.csv:4: no file_name");
    write("data/m.csv", "file_name,text\na.png,x\n");
    assertThatThrownBy(() -> captioned("m.csv", 1))
        .hasMessageContaining("names no image of the data set (a.png, for example)")
        .hasMessageContaining("such as cat/a.png, relative to the data set");
    assertThatThrownBy(() -> captioned("other.csv", 1))
        .hasMessageStartingWith("prompts.captions: no file other.csv, here or in");
  }

  @Test
  void settings_outsideTheirRange_areRefused() {
    assertThatThrownBy(() -> new PromptsConfig("a photo", null, null, 0))
        .hasMessageStartingWith("template is \"a photo\", but must have {class}");
    assertThatThrownBy(() -> new PromptsConfig(PROMPT, null, "captions.json", 0))
        .hasMessageStartingWith("captions is captions.json, but must be txt");
    assertThatThrownBy(() -> new PromptsConfig(PROMPT, null, null, 1.5))
        .hasMessageStartingWith("maxMissing is 1.5, but must be in [0, 1]");
  }
}
