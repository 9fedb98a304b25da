using GrokForge.TokenPool.Leasing;

namespace GrokForge.Unit.Tests.TokenPool;

public sealed class StatusReasonTests
{
    [Theory]
    [InlineData("  two\r\nlines\tand\0more ", "two lines and more")]
    [InlineData("401 sso=abcdefghijk; sso-rw=abcdefghijk", "401 sso=****; sso-rw=****")]
    [InlineData("refused eyJhbGciOiJIUzI1NiJ9.e30.x", "refused ****")]
    [InlineData("key xai-abcdefgh12345", "key ****")]
    [InlineData("Authorization: Bearer abcdefghijkl", "Authorization: Bearer ****")]
    [InlineData("blocked-user", "blocked-user")]
    public void A_reason_is_one_clean_line_without_credentials(string text, string clean) => Assert.Equal(clean, StatusReason.Clean(text));

    [Fact]
    public void A_reason_has_at_most_256_characters() => Assert.Equal(256, StatusReason.Clean(new string('x', 5000)).Length);

    [Fact]
    public void A_cut_never_splits_a_character() => Assert.Equal(new string('x', 255), StatusReason.Clean(new string('x', 255) + "😀"));
}
