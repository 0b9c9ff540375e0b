package io.winnow.model.clip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.winnow.files.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClipTokenizerTest {
  @TempDir Path home;

  private static int id(String token) {
    return TinyTokenizer.vocabulary().get(token);
  }

  private static List<Integer> ids(String text) {
    return TinyTokenizer.of(8).encode(text).ids();
  }

  @Test
  void vocabulary_ofTheTest_isThatOfAllBytes() {
    assertThat(TinyTokenizer.vocabulary()).hasSize(TinyTokenizer.SIZE);
    assertThat(TinyTokenizer.of(8).size()).isEqualTo(TinyTokenizer.SIZE);
  }

  @Test
  void encode_words_areMergedByRankBetweenStartAndEnd() {
    int the = TinyTokenizer.THE;
    int end = TinyTokenizer.END;
    assertThat(ids("The  the"))
        .containsExactly(TinyTokenizer.START, the, the, end, end, end, end, end);
    assertThat(ids("thx"))
        .containsExactly(TinyTokenizer.START, id("th"), id("x</w>"), end, end, end, end, end);
  }

  @Test
  void encode_emptyText_isStartAndEnd() {
    ClipTokenizer.Tokens tokens = TinyTokenizer.of(4).encode("");
    assertThat(tokens.ids())
        .containsExactly(
            TinyTokenizer.START, TinyTokenizer.END, TinyTokenizer.END, TinyTokenizer.END);
    assertThat(tokens.rawLength()).isZero();
    assertThat(tokens.used()).isEqualTo(2);
  }

  @Test
  void encode_longText_isCutAndSaysSo() {
    ClipTokenizer.Tokens tokens = TinyTokenizer.of(5).encode("the the the the");
    int the = TinyTokenizer.THE;
    assertThat(tokens.ids()).containsExactly(TinyTokenizer.START, the, the, the, TinyTokenizer.END);
    assertThat(tokens.rawLength()).isEqualTo(4);
    assertThat(tokens.truncated()).isTrue();
    assertThat(tokens.used()).isEqualTo(5);
    assertThat(TinyTokenizer.of(6).encode("the the the the").truncated()).isFalse();
  }

  @Test
  void encode_contractionsAndDigits_areWordsOfTheirOwn() {
    int end = TinyTokenizer.END;
    assertThat(ids("I'm 12"))
        .containsExactly(
            TinyTokenizer.START,
            id("i</w>"),
            id("'"),
            id("m</w>"),
            id("1</w>"),
            id("2</w>"),
            end,
            end);
  }

  @Test
  void encode_specialTokensInTheText_areTakenInThisSpellingAlone() {
    List<Integer> ids = ids("the<|endoftext|>the");
    assertThat(ids).startsWith(TinyTokenizer.START, TinyTokenizer.THE, TinyTokenizer.END);
    assertThat(TinyTokenizer.of(8).encode("<|endoftext|>").rawLength()).isEqualTo(1);
    assertThat(TinyTokenizer.of(40).encode("<|EndOfText|>").rawLength()).isEqualTo(13);
  }

  @Test
  void normalised_text_isComposedAndLowerCharacterByCharacter() {
    assertThat(ClipTokenizer.normalised("E\u0301 \t\u3000 A")).isEqualTo("\u00e9 a");
    assertThat(ClipTokenizer.normalised("\u039F\u03A3")).isEqualTo("\u03BF\u03C3");
    assertThat(ClipTokenizer.normalised("\u0130")).isEqualTo("i\u0307");
  }

  @Test
  void folder_writtenAndRead_isTheSameTokenizer() {
    ClipTokenizer tokenizer = TinyTokenizer.of(9);
    TokenizerFolder.write(home, tokenizer);
    ClipTokenizer read = TokenizerFolder.read(home);
    assertThat(read.vocabulary()).isEqualTo(tokenizer.vocabulary());
    assertThat(read.merges()).isEqualTo(tokenizer.merges());
    assertThat(read.length()).isEqualTo(9);
    assertThat(read.encode("the cat, 1 \u00e9")).isEqualTo(tokenizer.encode("the cat, 1 \u00e9"));
  }

  @Test
  void folder_withTheFastFileAlone_isTheSameTokenizer() {
    ObjectNode json = new ObjectMapper().createObjectNode();
    ObjectNode model = json.putObject("model");
    ObjectNode vocabulary = model.putObject("vocab");
    TinyTokenizer.vocabulary().forEach(vocabulary::put);
    ArrayNode merges = model.putArray("merges");
    merges.addArray().add("t").add("h");
    merges.add("th e</w>"); // the form of older versions
    AtomicFile.writeString(home.resolve("tokenizer.json"), json.toString());
    ClipTokenizer read = TokenizerFolder.read(home);
    assertThat(read.length()).isEqualTo(77);
    assertThat(read.encode("the x")).isEqualTo(TinyTokenizer.of(77).encode("the x"));
  }

  @Test
  void read_paddingOfItsOwn_isUsed() throws IOException {
    TokenizerFolder.write(home, TinyTokenizer.of(5));
    Files.delete(home.resolve("tokenizer_config.json"));
    AtomicFile.writeString(
        home.resolve("special_tokens_map.json"), "{\"pad_token\": {\"content\": \"!\"}}");
    assertThat(TokenizerFolder.read(home).encode("the").ids())
        .startsWith(TinyTokenizer.START, TinyTokenizer.THE, TinyTokenizer.END, id("!"))
        .endsWith(id("!"));
  }

  @Test
  void read_folderOfSomethingElse_saysWhatIsMissing() {
    assertThatThrownBy(() -> TokenizerFolder.read(home))
        .hasMessage(
            home
                + ": neither vocab.json with merges.txt nor tokenizer.json; expected the folder of"
                + " a CLIP tokenizer");
  }

  @Test
  void read_brokenMerges_areRefusedWithTheLine() {
    TokenizerFolder.write(home, TinyTokenizer.of(9));
    AtomicFile.writeString(home.resolve("merges.txt"), "#version: 0.2\nt h\nthe\n");
    assertThatThrownBy(() -> TokenizerFolder.read(home))
        .hasMessage(
            home.resolve("merges.txt")
                + ":3: \"the\" is no merge; expected two symbols with a space between");
    AtomicFile.writeString(home.resolve("merges.txt"), "#version: 0.2\nh t\n");
    assertThatThrownBy(() -> TokenizerFolder.read(home))
        .hasMessage(
            home
                + ": the merges make ht, which the vocabulary lacks. Are the two of one tokenizer?");
    AtomicFile.writeString(home.resolve("vocab.json"), "{\"a\": 0}");
    assertThatThrownBy(() -> TokenizerFolder.read(home))
        .hasMessageContaining("the vocabulary lacks <|startoftext|>");
  }
}
