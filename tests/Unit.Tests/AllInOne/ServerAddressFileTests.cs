using GrokForge.AllInOne;

namespace GrokForge.Unit.Tests.AllInOne;

public sealed class ServerAddressFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("grokforge-unit-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task An_address_is_confirmed_by_the_name_of_its_run() =>
        Assert.Equal((new Uri("http://127.0.0.1:8080"), new Uri("http://127.0.0.1:8080/alive/instance/abc")), await ReadAsync("http://127.0.0.1:8080\nabc\n"));

    // Whoever answers there now may be another program.
    [Theory]
    [InlineData("http://127.0.0.1:8080\n")]
    [InlineData("")]
    [InlineData("nowhere\nabc\n")]
    public async Task What_cannot_be_confirmed_is_no_address(string text) => Assert.Null(await ReadAsync(text));

    private async Task<(Uri Address, Uri Confirmation)?> ReadAsync(string text)
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "server.address"), text, TestContext.Current.CancellationToken);
        return await ServerAddressFile.ReadAsync(_folder, TestContext.Current.CancellationToken);
    }
}
