using System.Text;
using GrokForge.Gateway.Images;

namespace GrokForge.Unit.Tests.Gateway.Images;

public sealed class DataUriTests
{
    [Theory]
    [InlineData("data:image/png;base64,aGVsbG8=", "image/png")]
    [InlineData("DATA:IMAGE/PNG;BASE64,aGVsbG8=", "image/png")]
    [InlineData("data:text/plain;charset=utf-8;base64,aGVsbG8=", "text/plain")]
    [InlineData("data:;base64,aGVsbG8=", "")]
    [InlineData("data:image/png;base64,aGVs\r\nbG8=", "image/png")]
    [InlineData("data:image/png;base64,aGVsbG8", "image/png")]
    public void A_base64_data_uri_is_read(string text, string type)
    {
        Assert.True(DataUri.TryRead(Encoding.UTF8.GetBytes(text), out var mediaType, out var bytes));
        Assert.Equal(type, mediaType);
        Assert.Equal("hello"u8.ToArray(), bytes);
    }

    [Theory]
    [InlineData("data:image/png,hello")]
    [InlineData("data:image/png;base64")]
    [InlineData("data:image/png;base64,a")]
    [InlineData("data:image/png;base64,aGVs*G8=")]
    [InlineData("http://x/")]
    [InlineData("")]
    public void Anything_else_is_not(string text) => Assert.False(DataUri.TryRead(Encoding.UTF8.GetBytes(text), out _, out _));
}
