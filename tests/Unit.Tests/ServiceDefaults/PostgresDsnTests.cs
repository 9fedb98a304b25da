using GrokForge.ServiceDefaults.Hosting;
using GrokForge.ServiceDefaults.Stores;
using Npgsql;

namespace GrokForge.Unit.Tests.ServiceDefaults;

public sealed class PostgresDsnTests
{
    [Theory]
    [InlineData("Host=db;Port=5433;Username=grok;Password=p w;Database=forge")]
    [InlineData("Server=db;Port=5433;User Id=grok;Password=p w;Database=forge")]
    [InlineData("host=db port=5433 user=grok password='p w' dbname=forge")]
    [InlineData("  host = db port = 5433  user = grok password = 'p w' dbname = forge ")]
    [InlineData("postgres://grok:p%20w@db:5433/forge")]
    [InlineData("postgresql://grok:p%20w@db:5433/forge?application_name=x")]
    [InlineData("postgresql:///forge?host=db&port=5433&user=grok&password=p%20w")]
    public void All_three_forms_name_the_same_database(string text)
    {
        var dsn = PostgresDsn.Parse(text);

        Assert.Equal(("db", 5433, "grok", "p w", "forge"), (dsn.Host, dsn.Port, dsn.Username, dsn.Password, dsn.Database));
    }

    [Theory]
    [InlineData("host=db user=g password='it\\'s' dbname=f", "it's")]
    [InlineData("host=db user=g password=a\\\\b dbname=f", "a\\b")]
    [InlineData("host=db user=g password='a;b=c' dbname=f", "a;b=c")]
    [InlineData("postgres://g:a%3Ab%40c@db/f", "a:b@c")]
    public void Odd_characters_of_a_password_survive(string text, string password) => Assert.Equal(password, PostgresDsn.Parse(text).Password);

    [Theory]
    [InlineData("host=db sslmode=verify-full dbname=f", SslMode.VerifyFull)]
    [InlineData("postgres://db/f?sslmode=require", SslMode.Require)]
    [InlineData("Host=db;Database=f;SSL Mode=Disable", SslMode.Disable)]
    public void The_wish_for_TLS_is_kept(string text, SslMode mode) => Assert.Equal(mode, PostgresDsn.Parse(text).SslMode);

    [Theory, InlineData("postgres:///forge"), InlineData("dbname=forge"), InlineData("Database=forge;Username=g")]
    public void Without_a_host_it_is_this_machine(string text) => Assert.Equal("localhost", PostgresDsn.Parse(text).Host);

    [Theory]
    [InlineData("host=db password='hunter2 dbname=f")]
    [InlineData("host=db hunter2")]
    [InlineData("postgres://g:hunter2@db:notaport/f")]
    [InlineData("Host=db;Pasword=hunter2")]
    [InlineData("host=db port=many password=hunter2")]
    public void What_cannot_be_read_is_refused_without_repeating_the_password(string text)
    {
        var refused = Assert.Throws<StartRefusedException>(() => PostgresDsn.Parse(text));

        Assert.DoesNotContain("hunter2", refused.Message, StringComparison.Ordinal);
    }
}
