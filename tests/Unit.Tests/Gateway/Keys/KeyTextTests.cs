using GrokForge.Gateway.Keys;
using Microsoft.AspNetCore.Http;

namespace GrokForge.Unit.Tests.Gateway.Keys;

public sealed class KeyTextTests
{
    [Fact]
    public void A_new_key_is_gf_and_48_lower_case_hex_digits()
    {
        var key = KeyText.Create();
        Assert.Matches("^gf-[0-9a-f]{48}$", key);
        Assert.True(KeyText.IsWellFormed(key));
        Assert.NotEqual(key, KeyText.Create());
    }

    [Theory]
    [InlineData("")]
    [InlineData("gf-")]
    [InlineData("gf-0123")]
    [InlineData("sk-000000000000000000000000000000000000000000000000")]
    [InlineData("gf-00000000000000000000000000000000000000000000000G")]
    [InlineData("gf-0000000000000000000000000000000000000000000000000")]
    [InlineData("GF-000000000000000000000000000000000000000000000000")]
    public void Other_texts_are_no_keys(string text) => Assert.False(KeyText.IsWellFormed(text));

    [Fact]
    public void The_mask_shows_four_characters_at_each_end() =>
        Assert.Equal("gf-0...cdef", KeyText.Mask("gf-0123456789abcdef0123456789abcdef0123456789abcdef"));

    [Fact]
    public void A_hash_survives_its_hexadecimal_form()
    {
        var hash = KeyText.Hash(KeyText.Create());
        Assert.Equal(KeyHash.Of(hash), KeyHash.Parse(Convert.ToHexStringLower(hash)));
        Assert.Equal(hash, KeyHash.Of(hash).ToBytes());
        Assert.Null(KeyHash.Parse("12"));
    }

    [Theory]
    [InlineData("Bearer abc", null, "abc")]
    [InlineData("bearer abc", null, "abc")]
    [InlineData("BEARER  abc ", null, "abc")]
    [InlineData(null, "abc", "abc")]
    [InlineData("Basic abc", "def", "def")]
    [InlineData("Bearer abc", "def", "abc")]
    [InlineData("Bearer ", null, null)]
    [InlineData("Basic abc", null, null)]
    [InlineData(null, null, null)]
    public void A_key_is_read_from_the_bearer_scheme_first(string? authorization, string? apiKey, string? expected)
    {
        IHeaderDictionary headers = new HeaderDictionary();
        if (authorization is not null)
            headers.Authorization = authorization;
        if (apiKey is not null)
            headers["x-api-key"] = apiKey;

        Assert.Equal(expected, PresentedKey.Of(headers));
    }
}
